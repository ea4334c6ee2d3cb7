"""Halo occupation of samples of stellar mass (Leauthaud et al. 2011)."""

from collections.abc import Sequence

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.special import erfc
from jax.typing import ArrayLike

from halograd.models.hod.halo_occupation import (
    BINOMIAL,
    POISSON,
    HaloOccupation,
    HostOccupation,
    rank_parameters,
    space_of,
)
from halograd.models.model import Columns, check_samples
from halograd.models.parameters import Parameter, ParameterSpace, Theta
from halograd.samples import ALL, Sample

_PARAMETERS = (
    Parameter("smhm_m1", 12.35, 11.5, 13.5, r"\log M_1", "log10 Msun"),
    Parameter("smhm_m0", 10.72, 10.0, 11.5, r"\log M_{*,0}", "log10 Msun"),
    Parameter("smhm_beta", 0.43, 0.2, 0.8, r"\beta"),
    Parameter("smhm_delta", 0.56, 0.2, 1.0, r"\delta"),
    Parameter("smhm_gamma", 1.54, 0.2, 4.0, r"\gamma"),
    Parameter("scatter", 0.2, 0.01, 0.6, r"\sigma_{\log M_*}", "dex"),
    Parameter("alphasat", 1.0, 0.3, 2.0, r"\alpha_{\rm sat}"),
    Parameter("bsat", 10.62, 1.0, 50.0, r"B_{\rm sat}"),
    Parameter("betasat", 0.859, 0.0, 2.0, r"\beta_{\rm sat}"),
    Parameter("bcut", 1.47, 0.0, 30.0, r"B_{\rm cut}"),
    Parameter("betacut", -0.13, -2.0, 2.0, r"\beta_{\rm cut}"),
)
_UNIT = 12.0  # log10 Msun, of the satellites' masses
_LIGHTEST = 8.5  # log10 Msun: galaxies of any mass are those above
_DARKEST, _HEAVIEST, _STEP = 2.0, 13.0, 0.05  # log10 Msun, where the relation is looked up
_NEWTON_STEPS = 3


class Leauthaud11(HaloOccupation):
    r"""Centrals and satellites above a stellar mass (Leauthaud et al. 2011, arXiv:1103.2077),

    $$ \langle N_c(> M_*) \rangle = \tfrac12 \left[1 - {\rm erf}
       \frac{\log M_* - \mu(M)}{\sqrt2 \sigma} \right], \qquad
       \langle N_s(> M_*) \rangle = \langle N_c \rangle \left( \frac{M}{M_{sat}} \right)^\alpha
       e^{-M_{cut} / M}, $$

    where μ is the inverse of the halo mass at fixed stellar mass, m = M* / M_{*,0},

    $$ \log M(M_*) = \log M_1 + \beta \log m + \frac{m^\delta}{1 + m^{-\gamma}} - \tfrac12, $$

    (Behroozi, Conroy & Wechsler 2010, arXiv:1001.0015) and M_sat = B_sat 10^12 (M(M*) /
    10^12)^β_sat, M_cut likewise. A range of stellar mass is the difference of two thresholds.

    Stellar masses are in Msun, as everywhere; the halo masses of the formulas are in Msun too, so
    that `h` turns those of the catalogue into them. Galaxies of any mass are those above 10^8.5
    Msun. Defaults are those of halotools at z = 0, whose samples are in Msun / h². The kinds are
    "central" and "satellite".

    Attributes:
        modulate_with_cenocc: Whether satellites are times ⟨N_c⟩.
        h: Hubble constant over 100 km/s/Mpc, that the stellar masses were measured with.
        second_moments: "poisson" or "binomial", as in `HaloOccupation`.
    """

    modulate_with_cenocc: bool = eqx.field(static=True, default=True)
    h: float = eqx.field(static=True, default=0.72)
    ranks: bool = eqx.field(static=True, default=False)
    second_moments: str = eqx.field(static=True, default=POISSON)

    choices = (POISSON, BINOMIAL)
    has_stellar_mass = True

    @property
    def space(self) -> ParameterSpace:
        """The relation and its scatter, then the satellites."""
        return space_of((*_PARAMETERS, *rank_parameters(self.ranks)))

    @property
    def needs_of_hosts(self) -> tuple[str, ...]:
        """The mass alone."""
        return ("host_log_mass",)

    def occupation(self, theta: Theta, columns: Columns) -> HostOccupation:
        """Galaxies of any stellar mass: those above the lightest that the relation knows. (n, 1)"""
        return HostOccupation(*(part[:, None] for part in self.above(_LIGHTEST, theta, columns)))

    def above(
        self, threshold: float, theta: Theta, columns: Columns
    ) -> tuple[jax.Array, jax.Array]:
        """Centrals and satellites heavier than log10 M*, Msun, in each host. (n,) each"""
        x = columns["host_log_mass"] - np.log10(self.h)
        mean = mean_log_mstar(x, theta)
        central = 0.5 * erfc((threshold - mean) / (jnp.sqrt(2.0) * theta["scatter"]))
        knee = log_halo_mass(threshold, theta) - _UNIT
        log_sat = jnp.log10(theta["bsat"]) + theta["betasat"] * knee
        cut = theta["bcut"] * 10 ** (theta["betacut"] * knee - (x - _UNIT))
        satellite = 10 ** (theta["alphasat"] * (x - _UNIT - log_sat)) * jnp.exp(-cut)
        return central, central * satellite if self.modulate_with_cenocc else satellite

    def weights(self, theta: Theta, columns: Columns, samples: Sequence[Sample]) -> jax.Array:
        """Expected galaxies of each sample on each tracer. (n, n_sample)"""
        check_samples(self, samples)
        theta = self.space.complete(theta)
        limits = {_limit(end) for sample in samples for end in sample[:2]}
        parts = {limit: self._placed(limit, theta, columns) for limit in limits}
        found = []
        for sample in samples:
            low, high = parts[_limit(sample.low)], parts[_limit(sample.high)]
            # Far below its cut the satellites of a lighter sample may be the fewer.
            within = [jnp.maximum(a - b, 0.0) for a, b in zip(low, high, strict=True)]
            chosen = within if sample.kind == ALL else [within[self.kinds.index(sample.kind)]]
            found.append(sum(chosen))
        return jnp.stack(found, axis=1)

    def _placed(
        self, limit: float | None, theta: Theta, columns: Columns
    ) -> tuple[jax.Array, jax.Array]:
        """Centrals and satellites above a limit on each tracer; none for None. (n,) each"""
        satellite = columns["is_satellite"]
        if limit is None:
            nothing = jnp.zeros(jnp.shape(satellite))
            return nothing, nothing
        central, rate = self.above(limit, theta, columns)
        rate = rate * self._spread(theta, columns)[:, 0]
        if self.second_moments == BINOMIAL:
            rate = jnp.minimum(rate, 1.0)
        return jnp.where(satellite, 0.0, central), jnp.where(satellite, rate, 0.0)


def log_halo_mass(log_mstar: ArrayLike, theta: Theta) -> jax.Array:
    """log10 of the halo mass at fixed stellar mass, Msun, elementwise; log M* in Msun."""
    log_m = log_mstar - theta["smhm_m0"]
    rise = 10 ** (theta["smhm_delta"] * log_m) / (1 + 10 ** (-theta["smhm_gamma"] * log_m))
    return theta["smhm_m1"] + theta["smhm_beta"] * log_m + rise - 0.5


def mean_log_mstar(log_mass: jax.Array, theta: Theta) -> jax.Array:
    """The inverse of `log_halo_mass`: log10 of stellar mass, Msun, at halo masses in Msun. (n,)"""
    grid = jnp.arange(_DARKEST, _HEAVIEST, _STEP)
    start = jnp.interp(log_mass, log_halo_mass(grid, theta), grid)
    slope = jax.vmap(jax.grad(lambda m: log_halo_mass(m, theta)))
    found = jax.lax.stop_gradient(start)
    # Each step doubles the right digits, and adds an order of derivatives.
    for _ in range(_NEWTON_STEPS):
        found = found - (log_halo_mass(found, theta) - log_mass) / slope(found)
    return found


def _limit(end: float) -> float | None:
    """A limit of stellar mass within what the relation knows; None for no galaxies above it."""
    return None if end == np.inf else max(end, _LIGHTEST)
