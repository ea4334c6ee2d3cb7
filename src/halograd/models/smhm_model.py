"""The stellar-to-halo-mass relation itself as the model."""

import dataclasses
import functools

import equinox as eqx
import jax

from halograd import sham
from halograd.models.model import Columns
from halograd.models.parameters import Parameter, ParameterSpace, Theta
from halograd.models.stellar_mass import StellarMassModel

_FREE = {"log_m_crit", "log_ratio_crit", "low_end", "high_start"}
_LATEX = {
    "log_m_crit": r"\log M_{\rm c}",
    "log_ratio_crit": r"\log\epsilon",
    "low_end": r"a_{\rm lo}",
    "high_start": r"a_{\rm hi}",
}
_UNIT = {"log_m_crit": "log10 Msun/h", "low_mid": "log10 Msun/h", "high_mid": "log10 Msun/h"}
_SCATTER = (
    Parameter("scatter_low", 0.3, 0.01, 0.8, r"\sigma_{\rm lo}", "dex"),
    Parameter("scatter_high", 0.2, 0.01, 0.8, r"\sigma_{\rm hi}", "dex"),
)


class SmhmModel(StellarMassModel):
    """The three-roll relation of `sham.ThreeRoll`, with a scatter that runs with halo mass.

    Makes no use of a stellar mass function, so n constrains it too. By default the mass and
    height of the break, the slopes on both sides of it and the scatter are free.

    Args:
        kernel: "triweight" or "normal".
    """

    kernel: str = eqx.field(static=True, default="triweight")

    @property
    def space(self) -> ParameterSpace:
        """The eleven parameters of the relation, then the two of the scatter."""
        return _space()

    def mean_log_mstar(self, theta: Theta, columns: Columns) -> jax.Array:
        """The three-roll power law."""
        relation = sham.ThreeRoll(**{name: theta[name] for name in sham.THREE_ROLL_BOUNDS})
        return relation.mean_log_mstar(columns["log_mpeak"])

    def scatter(self, theta: Theta, columns: Columns) -> jax.Array:
        """Sigmoid in log halo mass from scatter_low to scatter_high."""
        scatter = sham.Scatter(low=theta["scatter_low"], high=theta["scatter_high"])
        return scatter(columns["log_mpeak"])


@functools.cache
def _space() -> ParameterSpace:
    return ParameterSpace((*_relation_parameters(), *_SCATTER))


def _relation_parameters() -> tuple[Parameter, ...]:
    default = {field.name: field.default for field in dataclasses.fields(sham.ThreeRoll)}
    return tuple(
        Parameter(
            name,
            default[name],
            low,
            high,
            latex=_LATEX.get(name, ""),
            unit=_UNIT.get(name, ""),
            free=name in _FREE,
        )
        for name, (low, high) in sham.THREE_ROLL_BOUNDS.items()
    )
