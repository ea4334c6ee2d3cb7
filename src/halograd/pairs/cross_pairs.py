"""Weighted pair counts between two point sets."""

import equinox as eqx
import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from halograd import _checks
from halograd._summation import tree_sum
from halograd.pairs._columns import as_columns
from halograd.pairs._geometry import checked_geometry
from halograd.pairs._plan import PairPlan


class ProjectedCrossPairs(eqx.Module):
    """Pairs between two point sets in a periodic box, binned in projected separation.

    As `ProjectedPairs`, for two different sets; pairs at zero separation are counted.

    Args:
        positions1: (n1, 3), comoving Mpc/h.
        positions2: (n2, 3), comoving Mpc/h.
        boxsize: Comoving Mpc/h, number or (3,).
        rp_edges: (n_rp + 1,), comoving Mpc/h.
        pi_max: Comoving Mpc/h, at most half the box; None counts along the whole box.
    """

    plan: PairPlan
    n_points: tuple[int, int] = eqx.field(static=True)

    def __init__(
        self,
        positions1: ArrayLike,
        positions2: ArrayLike,
        boxsize: ArrayLike,
        rp_edges: ArrayLike,
        *,
        pi_max: float | None = None,
    ) -> None:
        sides, edges, depth = checked_geometry(boxsize, rp_edges, pi_max)
        first = _checks.positions_in_box(positions1, sides)
        second = _checks.positions_in_box(positions2, sides)
        self.plan = PairPlan(first, second, sides, edges, depth)
        self.n_points = len(first), len(second)

    def __call__(self, weights1: ArrayLike, weights2: ArrayLike) -> jax.Array:
        """sum_ij w1_i w2_j [ij in bin]: (n1,), (n2,) -> (n_rp,)."""
        first, restore = as_columns("weights1", weights1, self.n_points[0])
        second, _ = as_columns("weights2", weights2, self.n_points[1])
        return restore(tree_sum(first[..., None] * self.plan.sums_around_first(second)))

    def per_point(self, weights2: ArrayLike) -> jax.Array:
        """Weighted neighbours of each point of the first set in the second.

        Args:
            weights2: (n2,) or (n2, n_sample).

        Returns:
            (n1, n_rp), or (n1, n_sample, n_rp).
        """
        columns, _ = as_columns("weights2", weights2, self.n_points[1])
        sums = self.plan.sums_around_first(columns)
        return sums[:, 0] if jnp.ndim(weights2) == 1 else sums
