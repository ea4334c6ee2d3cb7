"""Weighted pair counts in bins of projected separation, and their derivatives."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike

from halograd import _checks
from halograd._summation import tree_sum
from halograd.errors import HalogradError
from halograd.pairs._plan import PairPlan


class ProjectedPairs(eqx.Module):
    r"""Pairs of one point set in a periodic box, binned in projected separation r_p.

    Called with weights, returns

    $$ DD_b = \sum_{i \ne j} w_i w_j\, [r_p^{ij} \in b]\, [|\pi_{ij}| < \pi_{max}], $$

    both orders counted, bins half open: r_p in [edge_b, edge_{b+1}). The line of sight is z.
    The grid of points is built here, once; calls only weigh it, and may be jitted, vmapped and
    differentiated in the weights (`grad`, `jvp`, `jacfwd`, `jacrev`, forward over reverse). The
    derivative follows from the per-point sums S_i of the same pass (the adjoint pair count):
    dDD = 2 sum_i dw_i S_i, so that it costs nothing extra, whatever the number of parameters.

    Separations are exact to 2^-32 of the box and sums good to about 1e-6 in float32. With JAX's
    x64 mode on and float64 weights, everything is float64 and unit weights give exact counts.

    Args:
        positions: (n, 3), comoving Mpc/h, in [0, L). x = L exactly wraps.
        boxsize: Side of the box, comoving Mpc/h, or (3,) sides.
        rp_edges: (n_rp + 1,), comoving Mpc/h, increasing, at most half the box across the sky.
        pi_max: Comoving Mpc/h, at most half the box along z.

    Raises:
        HalogradError: For positions that are not finite or lie outside the box, a box that is
            not positive, edges that do not increase, or separations beyond half the box.
    """

    plan: PairPlan
    boxsize: np.ndarray
    rp_edges: np.ndarray
    pi_max: np.ndarray
    n_points: int = eqx.field(static=True)
    counts_zero_separation: bool = eqx.field(static=True)

    def __init__(
        self, positions: ArrayLike, boxsize: ArrayLike, rp_edges: ArrayLike, pi_max: float
    ) -> None:
        sides, edges, depth = checked_geometry(boxsize, rp_edges, pi_max)
        points = _checks.positions_in_box(positions, sides)
        self.plan = PairPlan(points, points, sides, edges, depth)
        self.boxsize, self.rp_edges, self.pi_max = sides, edges, np.asarray(depth)
        self.n_points = len(points)
        self.counts_zero_separation = bool(edges[0] == 0)

    def __call__(self, weights: ArrayLike) -> jax.Array:
        """Weighted pair counts DD, eq. (4).

        Args:
            weights: (n,), or (n, n_sample) for several samples in one pass.

        Returns:
            (n_rp,), or (n_sample, n_rp).
        """
        columns, restore = _as_columns("weights", weights, self.n_points)
        return restore(_auto_count(columns, pairs=self))

    def cross(self, weights1: ArrayLike, weights2: ArrayLike) -> jax.Array:
        """Cross counts sum_{i != j} w1_i w2_j [ij in bin] of two samples of the same points.

        Args:
            weights1: (n,) or (n, n_sample).
            weights2: The same shape.

        Returns:
            (n_rp,), or (n_sample, n_rp).
        """
        first, restore = _as_columns("weights1", weights1, self.n_points)
        second, _ = _as_columns("weights2", weights2, self.n_points)
        if jnp.shape(weights1) != jnp.shape(weights2):
            raise HalogradError(
                "weights1 and weights2 must have the same shape, got "
                f"{jnp.shape(weights1)} and {jnp.shape(weights2)}"
            )
        return restore(_cross_count(first, second, pairs=self))

    def per_point(self, weights: ArrayLike) -> jax.Array:
        """S_i = sum_{j != i} w_j [ij in bin], the weighted number of neighbours of each point.

        Args:
            weights: (n,) or (n, n_sample).

        Returns:
            (n, n_rp), or (n, n_sample, n_rp). Right also where w_i = 0.
        """
        columns, _ = _as_columns("weights", weights, self.n_points)
        sums = _sums_without_self(columns, self)
        return sums[:, 0] if jnp.ndim(weights) == 1 else sums


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
        first, restore = _as_columns("weights1", weights1, self.n_points[0])
        second, _ = _as_columns("weights2", weights2, self.n_points[1])
        return restore(tree_sum(first[..., None] * self.plan.sums_around_first(second)))

    def per_point(self, weights2: ArrayLike) -> jax.Array:
        """Weighted neighbours of each point of the first set in the second.

        Args:
            weights2: (n2,) or (n2, n_sample).

        Returns:
            (n1, n_rp), or (n1, n_sample, n_rp).
        """
        columns, _ = _as_columns("weights2", weights2, self.n_points[1])
        sums = self.plan.sums_around_first(columns)
        return sums[:, 0] if jnp.ndim(weights2) == 1 else sums


def checked_geometry(
    boxsize: ArrayLike, rp_edges: ArrayLike, pi_max: float | None
) -> tuple[np.ndarray, np.ndarray, float]:
    """Box sides (3,), edges (n_rp + 1,) and depth, within what a periodic box defines."""
    sides = _checks.boxsize(boxsize)
    edges = _checks.increasing_edges("rp_edges", rp_edges)
    if edges[-1] > sides[:2].min() / 2:
        raise HalogradError(
            f"the largest rp edge, {edges[-1]:g} Mpc/h, exceeds half the box "
            f"({sides[:2].min() / 2:g} Mpc/h), beyond which pairs meet their periodic images; "
            "use smaller bins or a larger box"
        )
    if pi_max is None:
        return sides, edges, np.inf
    depth = float(_checks.finite("pi_max", pi_max))
    if not 0 < depth <= sides[2] / 2:
        raise HalogradError(
            f"pi_max must be positive and at most half the box along z ({sides[2] / 2:g} Mpc/h), "
            f"got {depth:g} Mpc/h"
        )
    return sides, edges, depth


def _as_columns(name, weights, n_points):  # noqa: ANN001, ANN202
    """Weights as (n, n_sample) floats, and what undoes the added axis on a result."""
    weights = jnp.asarray(weights)
    if not jnp.issubdtype(weights.dtype, jnp.floating):
        weights = weights.astype(jnp.result_type(float))
    if weights.ndim not in {1, 2} or len(weights) != n_points:
        raise HalogradError(
            f"{name} must have shape ({n_points},) or ({n_points}, n_sample), one row per point, "
            f"got {weights.shape}"
        )
    if weights.ndim == 2:
        return weights, lambda counts: counts
    return weights[:, None], lambda counts: counts[0]


def _sums_without_self(weights: jax.Array, pairs: ProjectedPairs) -> jax.Array:
    sums = pairs.plan.sums_around_first(weights)
    if pairs.counts_zero_separation:
        sums = sums.at[..., 0].add(-weights)
    return sums


@eqx.filter_custom_jvp
def _auto_count(weights: jax.Array, *, pairs: ProjectedPairs) -> jax.Array:
    return tree_sum(weights[..., None] * _sums_without_self(weights, pairs))


@_auto_count.def_jvp
def _auto_count_jvp(primals, tangents, *, pairs):  # noqa: ANN001, ANN202
    """Both orders of a pair contribute the same, so one set of sums gives value and slope."""
    (weights,), (d_weights,) = primals, tangents
    sums = _sums_without_self(weights, pairs)
    return tree_sum(weights[..., None] * sums), 2 * tree_sum(d_weights[..., None] * sums)


@eqx.filter_custom_jvp
def _cross_count(first: jax.Array, second: jax.Array, *, pairs: ProjectedPairs) -> jax.Array:
    return tree_sum(first[..., None] * _sums_without_self(second, pairs))


@_cross_count.def_jvp
def _cross_count_jvp(primals, tangents, *, pairs):  # noqa: ANN001, ANN202
    """One pass over the columns of both samples gives the sums each slope needs."""
    first, _ = primals
    around = _sums_without_self(jnp.concatenate(primals, axis=1), pairs)
    around_first, around_second = jnp.split(around, [first.shape[1]], axis=1)
    slope = [
        tree_sum(d_weights[..., None] * sums)
        for d_weights, sums in zip(tangents, (around_second, around_first), strict=True)
        if d_weights is not None
    ]
    return tree_sum(first[..., None] * around_second), sum(slope)
