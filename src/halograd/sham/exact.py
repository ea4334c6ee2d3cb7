"""The mean relation for which scatter gives back the stellar mass function.

Halos are labelled by s, the stellar mass they would have without scatter: log10 n_gal(>s) =
log10 n_halo(>M). Their density in s is then the SMF itself, and the mean relation is

    μ(s) = s + b + ∫ (e^p(s') − 1) ds',   p(s) = 10 σ(s)² Σ_k q_k B_k(s),

with B_k cubic B-splines. It increases with s by construction, and is exactly s for σ = 0. The q
and b minimise the misfit of log10 φ in eq. (1), with a little smoothing.
"""

import equinox as eqx
import jax
import jax.numpy as jnp

from halograd.kernels import kernel as named_kernel
from halograd.sham._leaves import check_range
from halograd.sham.abundance import SubhaloAbundance
from halograd.sham.exact_problem import compared_masses, pose
from halograd.sham.least_squares import implicit_solution, minimise
from halograd.sham.matching import check_overlap
from halograd.sham.relation_table import RelationTable, TabulatedRelation, misfit
from halograd.sham.scatter import Scatter
from halograd.sham.smf import StellarMassFunction

__all__ = ["ExactRelation", "exact_relation"]

_STEPS = 250
# In ln dμ/ds, which is what q comes to where scatter is large.
_TOLERANCE = {jnp.dtype("float32"): 3e-4, jnp.dtype("float64"): 1e-10}


class ExactRelation(TabulatedRelation):
    """A mean relation that solves eq. (1), and how well it does; callable as μ(log10 M).

    Attributes:
        table: μ of log10 halo mass.
        n_step: Number of steps that the solution took.
    """

    n_step: jax.Array


def exact_relation(
    smf: StellarMassFunction,
    scatter: Scatter,
    shmf: SubhaloAbundance,
    *,
    kernel: str = "triweight",
    mass_range: tuple[float, float] = (9.0, 12.0),
) -> ExactRelation:
    """The mean relation with which eq. (1) gives back the SMF over `mass_range`.

        φ(m) = ∫ dlog10 M (dn/dlog10 M) P(m | μ(M), σ(M))                                    (1)

    Where the SMF falls faster than the scatter allows there is no such relation; the best one
    comes back, and its `status` and `residual_dex` say so. Differentiable in the leaves of
    `smf`, `scatter` and `shmf` to first order, by the implicit function theorem, whether or not
    eq. (1) is met.

    Args:
        smf: The stellar mass function to give back.
        scatter: σ of log10 halo mass, dex.
        shmf: The abundance of the halos.
        kernel: "triweight" or "normal".
        mass_range: log10 stellar masses (Msun) between which the SMF counts in full.

    Raises:
        HalogradError: For an unknown kernel, a range that is not two increasing numbers, or a
            table of halos none of which is as common as any of the galaxies. Where table and
            galaxies overlap in part, the table goes on as a straight line.
    """
    mass_range = check_range("mass_range", mass_range)
    check_overlap(smf, shmf, mass_range)
    return _solve(smf, scatter, shmf, kernel, mass_range)


@eqx.filter_jit
def _solve(
    smf: StellarMassFunction,
    scatter: Scatter,
    shmf: SubhaloAbundance,
    kernel: str,
    mass_range: tuple[float, float],
) -> ExactRelation:
    problem = pose(smf, scatter, shmf, named_kernel(kernel), mass_range)
    frozen = jax.lax.stop_gradient(problem)
    start = frozen.start()
    tolerance = _TOLERANCE[start.dtype] / jnp.minimum(frozen.size(), 1)
    minimum = minimise(frozen.expand, start, steps=_STEPS, tolerance=tolerance)
    _, inside = compared_masses(mass_range)
    returned = frozen.misfit(minimum.expansion.residual)
    params = implicit_solution(minimum, problem.residual)
    table = RelationTable.from_nodes(*problem.nodes(params))
    return ExactRelation(*misfit(returned[inside]), table, minimum.n_step)
