"""Delete-one jackknife of n, wp and ΔΣ, for the price of two pair counts."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike

from halograd import _checks
from halograd.errors import HalogradError
from halograd.pairs import ProjectedPairs
from halograd.stats.box_without_part import pair_fraction
from halograd.stats.leave_one_out import LeaveOneOut
from halograd.stats.overdensity import is_rounding, over_random
from halograd.stats.redshift_space import checked_axis
from halograd.stats.region_sums import RegionSums
from halograd.stats.subvolumes import checked_n_side, pulled_apart, subvolume_of


class Jackknife(eqx.Module):
    r"""Leave-one-out statistics and their covariance over equal subvolumes of a periodic box.

    Prepared once, then called with weights. With S_i the weighted neighbours of a point, and S'_i
    those in its own subvolume, the pairs left without subvolume k are

    $$ DD_{(k)} = DD - \sum_{i \in k} w_i (2 S_i - S'_i), $$

    so that two counts serve all K subvolumes. RR of the box without a subvolume is exact, edges
    included, and wp_(k) of unclustered points scatters about 0. In every direction of the
    weights, forward mode takes two counts more; reverse mode takes several times as long.

    The covariance is no better than its regions: they must be larger than the largest r_p, since
    pairs between two regions are left out with either and count twice in the scatter; modes
    longer than a region are missed; and K must exceed the length of the data vector for an
    inverse to exist (`hartlap` corrects the bias of that inverse, for independent regions).

    Args:
        positions: (n, 3), comoving Mpc/h, in the box.
        boxsize: Comoving Mpc/h, a number or (3,).
        rp_edges: (n_rp + 1,), comoving Mpc/h.
        pi_max: Comoving Mpc/h.
        n_side: Subvolumes along each axis, a number or one per axis; K is their product.
        line_of_sight: Axis 0, 1 or 2.
        backend: As for `ProjectedPairs`.
        threads: As for `ProjectedPairs`.

    Raises:
        HalogradError: For fewer than 2 subvolumes, and for what `ProjectedPairs` refuses.
    """

    pairs: ProjectedPairs
    pairs_within: ProjectedPairs
    sum_over: RegionSums
    fraction: np.ndarray
    volume: float
    n_points: int = eqx.field(static=True)
    n_region: int = eqx.field(static=True)

    def __init__(
        self,
        positions: ArrayLike,
        boxsize: ArrayLike,
        rp_edges: ArrayLike,
        pi_max: float,
        *,
        n_side: int | ArrayLike = 4,
        line_of_sight: int = 2,
        backend: str = "auto",
        threads: int | None = None,
    ) -> None:
        cut, axis = checked_n_side(n_side), checked_axis(line_of_sight)
        sides = _checks.boxsize(boxsize)
        points = _checks.positions_in_box(positions, sides)
        edges = _checks.increasing_edges("rp_edges", rp_edges)
        reach = np.full(3, edges[-1])
        reach[axis] = _checks.finite("pi_max", pi_max)
        points, apart, wide = pulled_apart(points, sides, cut, reach)
        options = {"line_of_sight": axis, "backend": backend, "threads": threads}
        self.pairs = ProjectedPairs(points, sides, edges, pi_max, **options)
        self.pairs_within = ProjectedPairs(apart, wide, edges, pi_max, **options)
        self.n_points, self.n_region = len(points), int(np.prod(cut))
        self.sum_over = RegionSums(subvolume_of(points, sides, cut), self.n_region)
        order = [*(other for other in range(3) if other != axis), axis]
        self.fraction = pair_fraction(sides[order], np.array(cut)[order], edges, float(pi_max))
        self.volume = float(sides.prod()) * (1 - 1 / self.n_region)

    def leave_one_out(self, weights: ArrayLike, profiles: ArrayLike | None = None) -> LeaveOneOut:
        """n, wp and ΔΣ without each subvolume in turn.

        A sample that has no pairs left has wp = 0, one without weight ΔΣ = 0, with zero slope.

        Args:
            weights: (n,) or (n, n_sample).
            profiles: (n, n_R), ΔΣ_i of each halo, h Msun / pc^2, as `delta_sigma_profiles` makes;
                None leaves ΔΣ out.

        Returns:
            The K leave-one-out measurements, in the order of the subvolumes (C order).
        """
        weights = self._checked_weights(weights)
        columns = weights.reshape(len(weights), -1)
        total = self.sum_over.outside(self.sum_over(columns))
        lensing = None if profiles is None else self._delta_sigma(columns, total, profiles)
        result = LeaveOneOut(total / self.volume, self._wp(columns, total), lensing)
        return result if weights.ndim == 2 else jax.tree.map(lambda x: x[:, 0], result)

    def covariance(self, weights: ArrayLike, profiles: ArrayLike | None = None) -> jax.Array:
        r"""Joint covariance (K - 1) / K sum_k (x_k - x̄) (x_k - x̄)^T of n, wp and ΔΣ.

        Args:
            weights: (n,) or (n, n_sample).
            profiles: (n, n_R), or None to leave ΔΣ out.

        Returns:
            (p, p), of the numbers in the order n, wp, ΔΣ, each sample by sample:
            p = n_sample (1 + n_rp + n_R). It can be inverted only for K > p.
        """
        return self.leave_one_out(weights, profiles).covariance

    def _wp(self, columns: jax.Array, total: jax.Array) -> jax.Array:
        around, within = self.pairs.per_point(columns), self.pairs_within.per_point(columns)
        by_region = self.sum_over(columns[..., None] * around)
        between = self.sum_over(columns[..., None] * (around - within))
        counts = self.sum_over.outside(by_region) - between
        squares = self.sum_over.outside(self.sum_over(columns**2))
        number = total**2 - squares
        excess = over_random(counts, number, is_rounding(number, total**2), self.fraction)
        return jnp.asarray(2 * self.pairs.pi_max, excess.dtype) * excess

    def _delta_sigma(self, columns: jax.Array, total: jax.Array, profiles: ArrayLike) -> jax.Array:
        profiles = jnp.asarray(profiles)
        if profiles.ndim != 2 or len(profiles) != self.n_points:
            raise HalogradError(
                f"profiles must have shape ({self.n_points}, n_R), one row per point, got "
                f"{profiles.shape}"
            )
        stacked = self.sum_over.outside(self.sum_over(columns[:, :, None] * profiles[:, None, :]))
        empty = (total == 0)[..., None]
        return jnp.where(empty, 0.0, stacked / jnp.where(empty, 1.0, total[..., None]))

    def _checked_weights(self, weights: ArrayLike) -> jax.Array:
        weights = jnp.asarray(weights, jnp.result_type(float, jnp.asarray(weights)))
        if weights.ndim not in {1, 2} or len(weights) != self.n_points:
            raise HalogradError(
                f"weights must have shape ({self.n_points},) or ({self.n_points}, n_sample), one "
                f"row per point, got {weights.shape}"
            )
        return weights
