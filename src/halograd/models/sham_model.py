"""Abundance matching: the stellar mass function and the scatter are the parameters."""

import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import equinox as eqx
import jax

from halograd import _checks, sham
from halograd.errors import ConfigError
from halograd.models.model import Columns
from halograd.models.parameters import Parameter, ParameterSpace, Theta
from halograd.models.stellar_mass import StellarMassModel
from halograd.sham.relation import check_method

if TYPE_CHECKING:
    from halograd.catalogs import HaloCatalog

_CHOICES = {
    "abundance": ("catalog", "bolshoi_planck"),
    "kernel": ("triweight", "normal"),
}
_OPTIONS = (*_CHOICES, "redshift", "method")

_PARAMETERS = (
    Parameter("log_phi", -2.3, -4.0, -1.0, r"\log\phi_*", "log10 (Mpc/h)^-3 dex^-1"),
    Parameter("log_mstar", 10.85, 10.2, 11.5, r"\log M_*", "log10 Msun"),
    Parameter("alpha", -1.06, -1.9, -0.3, r"\alpha"),
    Parameter("scatter_low", 0.3, 0.01, 0.8, r"\sigma_{\rm lo}", "dex"),
    Parameter("scatter_high", 0.2, 0.01, 0.8, r"\sigma_{\rm hi}", "dex"),
)

_SPACE = ParameterSpace(_PARAMETERS)


class ShamModel(StellarMassModel):
    """Subhalo abundance matching to a Schechter stellar mass function with scatter.

    Hearin et al. 2021 (arXiv:2112.08423): whatever the parameters, the galaxies have the
    stellar mass function they name, so that clustering and lensing are left to tell the scatter.

    Args:
        shmf: Cumulative abundance of the halos, as `sham.bolshoi_planck` or
            `sham.from_catalog` give.
        method: How the relation is found, as in `sham.mean_log_mstar`.
        kernel: "triweight" or "normal".
    """

    shmf: sham.SubhaloAbundance
    method: str = eqx.field(static=True, default="exact")
    kernel: str = eqx.field(static=True, default="triweight")

    @property
    def space(self) -> ParameterSpace:
        """Schechter amplitude, mass and slope; scatter of light and of massive halos."""
        return _SPACE

    def mean_log_mstar(self, theta: Theta, columns: Columns) -> jax.Array:
        """The relation that returns the stellar mass function."""
        return sham.mean_log_mstar(
            columns["log_mpeak"],
            _smf(theta),
            _scatter(theta),
            self.shmf,
            self.method,
            kernel=self.kernel,
        )

    @classmethod
    def from_config(cls, options: Mapping[str, Any], halos: "HaloCatalog | None") -> "ShamModel":
        """Abundance matching as [model] asks for it.

        Args:
            options: `abundance`, "catalog" (counted, the default) or "bolshoi_planck" (a formula,
                at `redshift`, by default that of the catalogue); `method`; `kernel`.
            halos: The catalogue, or None where only the parameters are asked for.

        Raises:
            ConfigError: For another key or value.
        """
        _checks.known_keys("the model", options, _OPTIONS, ConfigError)
        for name, choices in _CHOICES.items():
            given = options.get(name, choices[0])
            if given not in choices:
                hint = _checks.nearest(str(given), choices)
                raise ConfigError(
                    f"{name} must be one of {', '.join(choices)}, got {given!r}{hint}"
                )
        redshift = options.get("redshift")
        is_formula = options.get("abundance") == "bolshoi_planck"
        if redshift is not None and not is_formula:
            raise ConfigError('redshift goes with abundance = "bolshoi_planck": remove it')
        is_number = isinstance(redshift, int | float) and not isinstance(redshift, bool)
        if redshift is not None and not (is_number and redshift > -1):
            raise ConfigError(f"redshift must be a number above -1, got {redshift!r}")
        if halos is None or is_formula:
            at = redshift if halos is None or redshift is not None else halos.redshift
            abundance = sham.bolshoi_planck(0.0 if at is None else at)
        else:
            abundance = sham.from_catalog(halos)
        given = {key: options[key] for key in ("method", "kernel") if key in options}
        model = cls(abundance, **given)
        if "method" in given:
            check_method(given["method"])
        return model

    def caveats(self, theta: Theta) -> list[str]:
        """That the stellar mass function is not met, or the network is out of its domain."""
        theta = self.space.complete(theta)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", sham.OutOfDomainWarning)
            relation = sham.mean_relation(
                _smf(theta), _scatter(theta), self.shmf, self.method, kernel=self.kernel
            )
        outside = [f"The parameters are {warning.message}." for warning in caught]
        unmet = [] if relation.converged else [f"By eq. (1), {relation.status}."]
        return outside + unmet

    def scatter(self, theta: Theta, columns: Columns) -> jax.Array:
        """Sigmoid in log halo mass from scatter_low to scatter_high."""
        return _scatter(theta)(columns["log_mpeak"])


def _smf(theta: Theta) -> sham.Schechter:
    return sham.Schechter(theta["log_phi"], theta["log_mstar"], theta["alpha"])


def _scatter(theta: Theta) -> sham.Scatter:
    return sham.Scatter(low=theta["scatter_low"], high=theta["scatter_high"])
