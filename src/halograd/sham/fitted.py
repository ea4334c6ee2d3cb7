"""The mean relation for which scatter gives back the stellar mass function, fitted by gradients.

Halos are labelled by s, the stellar mass they would have without scatter: log10 n_gal(>s) =
log10 n_halo(>M). Their density in s is then the SMF itself, and the mean relation is

    μ(s) = s + b + ∫ (e^p(s') − 1) ds',   p(s) = 10 σ(s)² Σ_k q_k B_k(s),

with B_k cubic B-splines. It increases with s by construction, and is exactly s for σ = 0. The q
and b minimise the misfit of log10 φ in eq. (1), with a little smoothing.
"""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike

from halograd.sham._interpolation import cubic
from halograd.sham._leaves import check_range
from halograd.sham.abundance import SubhaloAbundance
from halograd.sham.fit_problem import FitProblem, fit_masses, matched_log_m, pose
from halograd.sham.fit_quality import FitQuality, misfit
from halograd.sham.kernels import kernel as named_kernel
from halograd.sham.least_squares import implicit_solution, minimise
from halograd.sham.scatter import Scatter
from halograd.sham.smf import StellarMassFunction

__all__ = ["FittedRelation", "fit_relation"]

_STEPS = 36
_LIGHTER, _N_LIGHTER = 3.0, 64  # dex below the labels, and nodes there


class FittedRelation(FitQuality):
    """A mean relation as a table joined by a monotone cubic, straight lines beyond its ends.

    Attributes:
        log_m: (n,), log10 halo mass of the nodes, Msun/h.
        log_mstar: (n,), μ at the nodes, log10 of Msun.
        slope: (n,), dμ/dlog10 M at the nodes.
    """

    log_m: jax.Array
    log_mstar: jax.Array
    slope: jax.Array

    def mean_log_mstar(self, log_m: ArrayLike) -> jax.Array:
        """μ at log10 halo mass (Msun/h), elementwise."""
        return cubic(jnp.asarray(log_m), self.log_m, self.log_mstar, self.slope)

    def __call__(self, log_m: ArrayLike) -> jax.Array:
        """μ at log10 halo mass (Msun/h), elementwise."""
        return self.mean_log_mstar(log_m)


def fit_relation(
    smf: StellarMassFunction,
    scatter: Scatter,
    shmf: SubhaloAbundance,
    *,
    kernel: str = "triweight",
    mass_range: tuple[float, float] = (9.0, 12.0),
) -> FittedRelation:
    """The mean relation with which eq. (1) gives back the SMF over `mass_range`.

    Where the SMF falls faster than the scatter allows there is no such relation; the best one
    comes back, and its `status` and `residual_dex` say so. Differentiable in the leaves of
    `smf`, `scatter` and `shmf`, by the implicit function theorem.

    Args:
        smf: The stellar mass function to give back.
        scatter: σ of log10 halo mass.
        shmf: The abundance of the halos.
        kernel: "triweight" or "normal".
        mass_range: log10 stellar masses (Msun) between which the SMF counts in full.
    """
    return _fit(smf, scatter, shmf, kernel, check_range("mass_range", mass_range))


@eqx.filter_jit
def _fit(
    smf: StellarMassFunction,
    scatter: Scatter,
    shmf: SubhaloAbundance,
    kernel: str,
    mass_range: tuple[float, float],
) -> FittedRelation:
    problem = pose(smf, scatter, shmf, named_kernel(kernel), mass_range)
    frozen = jax.lax.stop_gradient(problem)
    params = minimise(frozen.residual, frozen.jacobian, frozen.start(), steps=_STEPS)
    _, inside = fit_masses(mass_range)
    rms, worst = misfit(frozen.misfit(params)[inside])
    params = implicit_solution(params, problem.residual, frozen.jacobian(params))
    return FittedRelation(rms, worst, *_table(problem, shmf, params))


def _table(
    problem: FitProblem, shmf: SubhaloAbundance, params: jax.Array
) -> tuple[jax.Array, jax.Array, jax.Array]:
    """log10 M, μ and dμ/dlog10 M, of the labels and of lighter halos below them. (n,) x 3

    The lighter halos keep the correction of the lightest label, where it is small.
    """
    below = np.linspace(-_LIGHTER, 0.0, _N_LIGHTER, endpoint=False)
    lighter = problem.label[0] + jnp.asarray(below, problem.label.dtype)
    log_m, log_m_slope = matched_log_m(lighter, problem.smf, shmf)
    mean, slope = problem.curve(params)
    return (
        jnp.concatenate([log_m, problem.log_m]),
        jnp.concatenate([lighter + mean[0] - problem.label[0], mean]),
        jnp.concatenate([1 / log_m_slope, slope / problem.log_m_slope]),
    )
