"""The "three-roll" stellar-to-halo-mass relation, and its fit to a stellar mass function."""

from typing import Self

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike

from halograd.bounds import to_bounded, to_unbounded
from halograd.errors import HalogradError
from halograd.kernels import Kernel
from halograd.kernels import kernel as named_kernel
from halograd.sham import convolution
from halograd.sham._leaves import check_finite, check_range, leaf, takes_floats
from halograd.sham.abundance import SubhaloAbundance
from halograd.sham.exact_problem import compared_masses
from halograd.sham.forward import halo_population
from halograd.sham.least_squares import Expansion, implicit_solution, minimise
from halograd.sham.relation_table import RelationQuality, misfit
from halograd.sham.scatter import Scatter
from halograd.sham.smf import StellarMassFunction

__all__ = ["THREE_ROLL_BOUNDS", "FittedThreeRoll", "ThreeRoll", "fit_three_roll"]

THREE_ROLL_BOUNDS = {
    "log_m_crit": (9.0, 16.0),
    "log_ratio_crit": (-5.0, 0.0),
    "k": (0.0, 25.0),
    "low_mid": (9.0, 16.0),
    "low_k": (0.0, 25.0),
    "low_start": (0.0, 10.0),
    "low_end": (0.0, 10.0),
    "high_mid": (9.0, 16.5),
    "high_k": (0.0, 15.0),
    "high_start": (-0.5, 15.0),
    "high_end": (-0.5, 15.0),
}
"""Lower and upper bound of each parameter of `ThreeRoll`, from the code of arXiv:2112.08423."""
_STEPS, _TOLERANCE, _N_HALO_NODES = 40, 1e-6, 800
_RIDGE = 1e-3
_TINY = 1e-30


class ThreeRoll(eqx.Module):
    """A power law whose index rolls between two indices, each of which rolls too.

        log10 M* = log_m_crit + log_ratio_crit + a(M) (log10 M − log_m_crit)
        a(M)      = S(M; log_m_crit, k, a_low(M), a_high(M))
        a_low(M)  = S(M; low_mid, low_k, low_start, low_end), a_high(M) likewise
        S(M; x0, k, lo, hi) = lo + (hi − lo) / (1 + exp(−k (log10 M − x0)))

    from arXiv:2112.08423, whose code gives the default values. Callable as μ(log10 M).

    Attributes:
        log_m_crit: log10 of the halo mass of the main roll, Msun/h.
        log_ratio_crit: log10 M*/M there.
        k: Steepness of the main roll, per dex.
        low_mid, low_k: Where and how steeply the index of light halos rolls.
        low_start, low_end: That index far below and far above `low_mid`.
        high_mid, high_k: Where and how steeply the index of massive halos rolls.
        high_start, high_end: That index far below and far above `high_mid`.

    Raises:
        HalogradError: For a parameter that is not finite.
    """

    log_m_crit: jax.Array = eqx.field(converter=leaf, default=11.35)
    log_ratio_crit: jax.Array = eqx.field(converter=leaf, default=-1.65)
    k: jax.Array = eqx.field(converter=leaf, default=1.6)
    low_mid: jax.Array = eqx.field(converter=leaf, default=11.5)
    low_k: jax.Array = eqx.field(converter=leaf, default=2.0)
    low_start: jax.Array = eqx.field(converter=leaf, default=2.5)
    low_end: jax.Array = eqx.field(converter=leaf, default=2.5)
    high_mid: jax.Array = eqx.field(converter=leaf, default=13.5)
    high_k: jax.Array = eqx.field(converter=leaf, default=2.0)
    high_start: jax.Array = eqx.field(converter=leaf, default=0.5)
    high_end: jax.Array = eqx.field(converter=leaf, default=0.5)

    def __check_init__(self) -> None:
        check_finite("ThreeRoll", **{name: getattr(self, name) for name in THREE_ROLL_BOUNDS})

    @takes_floats
    def mean_log_mstar(self, log_m: ArrayLike) -> jax.Array:
        """μ, log10 of Msun, at log10 halo mass (Msun/h), elementwise."""
        low = roll(log_m, self.low_mid, self.low_k, self.low_start, self.low_end)
        high = roll(log_m, self.high_mid, self.high_k, self.high_start, self.high_end)
        index = roll(log_m, self.log_m_crit, self.k, low, high)
        return self.log_m_crit + self.log_ratio_crit + index * (log_m - self.log_m_crit)

    def __call__(self, log_m: ArrayLike) -> jax.Array:
        """μ, as `mean_log_mstar`."""
        return self.mean_log_mstar(log_m)

    def unbounded(self) -> jax.Array:
        """The parameters, in order, mapped from their bounds to the real line. (11,)

        Raises:
            HalogradError: For a concrete parameter outside `THREE_ROLL_BOUNDS`.
        """
        values = jnp.stack([getattr(self, name) for name in THREE_ROLL_BOUNDS])
        return to_unbounded(values, *_limits())

    @classmethod
    def from_unbounded(cls, u: ArrayLike) -> Self:
        """The relation whose `unbounded` is `u`. (11,)"""
        u = jnp.asarray(u)
        if u.shape != (len(THREE_ROLL_BOUNDS),):
            raise HalogradError(f"u must have shape ({len(THREE_ROLL_BOUNDS)},), got {u.shape}")
        return cls(*to_bounded(u, *_limits()))


def _limits() -> np.ndarray:
    return np.array(list(THREE_ROLL_BOUNDS.values())).T


def roll(
    x: jax.Array, middle: jax.Array, k: jax.Array, start: jax.Array, end: jax.Array
) -> jax.Array:
    """A sigmoid of x that rolls from `start` to `end` about `middle`, elementwise."""
    return start + (end - start) * jax.nn.sigmoid(k * (x - middle))


class FittedThreeRoll(RelationQuality):
    """A three-roll relation and how well it gives back its SMF.

    Attributes:
        relation: The fitted `ThreeRoll`.
    """

    relation: ThreeRoll

    def mean_log_mstar(self, log_m: ArrayLike) -> jax.Array:
        """μ, log10 of Msun, at log10 halo mass (Msun/h), elementwise."""
        return self.relation(log_m)

    def __call__(self, log_m: ArrayLike) -> jax.Array:
        """μ, as `mean_log_mstar`."""
        return self.relation(log_m)


def fit_three_roll(
    smf: StellarMassFunction,
    scatter: Scatter,
    shmf: SubhaloAbundance,
    *,
    kernel: str = "triweight",
    mass_range: tuple[float, float] = (9.0, 12.0),
) -> FittedThreeRoll:
    """The three-roll relation that comes closest to the SMF in eq. (1), over `mass_range`.

    This is how arXiv:2112.08423 prepares the training of its network. Eleven parameters do not
    meet every SMF: see `residual_dex` and `status`; `exact_relation` comes closer. Some of
    them hardly matter, so a weak ridge holds them near their defaults. Differentiable in the
    leaves of `smf`, `scatter` and `shmf`, by the implicit function theorem to first order in the
    misfit.

    Args:
        smf: The stellar mass function to give back.
        scatter: σ of log10 halo mass, dex.
        shmf: The abundance of the halos.
        kernel: "triweight" or "normal".
        mass_range: log10 stellar masses (Msun) between which the SMF counts.
    """
    return _fit(smf, scatter, shmf, kernel, check_range("mass_range", mass_range))


@eqx.filter_jit
def _fit(
    smf: StellarMassFunction,
    scatter: Scatter,
    shmf: SubhaloAbundance,
    kernel: str,
    mass_range: tuple[float, float],
) -> FittedThreeRoll:
    problem = _Problem(smf, scatter, shmf, named_kernel(kernel), mass_range)
    frozen = jax.lax.stop_gradient(problem)
    minimum = minimise(frozen.expand, frozen.start(), steps=_STEPS, tolerance=_TOLERANCE)
    rms, worst = misfit(frozen.misfit(minimum.params))
    u = implicit_solution(minimum, problem.residual)
    return FittedThreeRoll(rms, worst, ThreeRoll.from_unbounded(u))


class _Problem(eqx.Module):
    """Unbounded parameters and the misfit of log10 φ in eq. (1)."""

    smf: StellarMassFunction
    scatter: Scatter
    shmf: SubhaloAbundance
    kernel: Kernel = eqx.field(static=True)
    mass_range: tuple[float, float] = eqx.field(static=True)

    def start(self) -> jax.Array:
        return ThreeRoll().unbounded()

    def misfit(self, u: jax.Array) -> jax.Array:
        m, inside = compared_masses(self.mass_range)
        m = jnp.asarray(m[inside], u.dtype)
        halos = halo_population(ThreeRoll.from_unbounded(u), self.scatter, self.shmf, _N_HALO_NODES)
        phi = convolution.density(m, halos, self.kernel)
        return jnp.log10(phi + _TINY) - self.smf.log_density(m)

    def residual(self, u: jax.Array) -> jax.Array:
        return jnp.concatenate([self.misfit(u), _RIDGE * (u - self.start())])

    def expand(self, u: jax.Array) -> Expansion:
        """The residual to first order; its curvature is left out."""
        residual, push = jax.linearize(self.residual, u)
        jacobian = jax.vmap(push, out_axes=1)(jnp.eye(u.size, dtype=u.dtype))
        return Expansion(residual, jacobian, jnp.zeros((u.size, u.size), u.dtype))
