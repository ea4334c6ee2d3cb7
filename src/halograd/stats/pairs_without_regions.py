"""Pair counts of a periodic box without each of its equal subvolumes in turn."""

from typing import Any, Self, Unpack

import equinox as eqx
import jax
import numpy as np
from jax.typing import ArrayLike

from halograd import _checks
from halograd.pairs import AutoPairs, Geometry, PairOptions, Projected, Radial, SMu
from halograd.stats.box_without_part import fraction_without_part
from halograd.stats.overdensity import is_rounding, over_random
from halograd.stats.redshift_space import checked_axis
from halograd.stats.region_sums import RegionSums
from halograd.stats.subvolumes import checked_n_side, pulled_apart, subvolume_of


class PairsWithoutRegions(eqx.Module):
    r"""Excess of pairs over random ones in the box without a subvolume, for each of them.

    With S_i the weighted neighbours of a point, and S'_i those in its own subvolume, the pairs
    left without subvolume k are

    $$ DD_{(k)} = DD - \sum_{i \in k} w_i (2 S_i - S'_i), $$

    so that two counts serve all K subvolumes. RR of the box without a subvolume is exact, edges
    included.

    Made by `projected`, `radial` or `s_mu`.

    Args:
        positions: (n, 3), comoving Mpc/h, in the box.
        boxsize: Comoving Mpc/h, a number or (3,).
        geometry: The bins.
        n_side: Subvolumes along each axis, a number or one per axis; K is their product.
        line_of_sight: Axis 0, 1 or 2.
        options: Further ones of `PairOptions`.
    """

    pairs: AutoPairs
    pairs_within: AutoPairs
    sum_over: RegionSums
    fraction: np.ndarray

    def __init__(
        self,
        positions: ArrayLike,
        boxsize: ArrayLike,
        geometry: Geometry,
        *,
        n_side: int | ArrayLike = 4,
        line_of_sight: int = 2,
        **options: Unpack[PairOptions],
    ) -> None:
        cut, axis = checked_n_side(n_side), checked_axis(line_of_sight)
        sides = _checks.boxsize(boxsize)
        points = _checks.positions_in_box(positions, sides)
        order = [*(other for other in range(3) if other != axis), axis]
        reach = geometry.reach[np.argsort(order)]
        points, apart, wide = pulled_apart(points, sides, cut, reach)
        options["line_of_sight"] = line_of_sight
        self.pairs = AutoPairs(geometry, points, boxsize=sides, **options)
        self.pairs_within = AutoPairs(geometry, apart, boxsize=wide, **options)
        self.sum_over = RegionSums(subvolume_of(points, sides, cut), int(np.prod(cut)))
        cut = tuple(np.array(cut)[order])
        self.fraction = fraction_without_part(geometry, sides[order], cut)

    @classmethod
    def projected(
        cls,
        positions: ArrayLike,
        boxsize: ArrayLike,
        rp_edges: ArrayLike,
        pi_max: float,
        **settings: Any,
    ) -> Self:
        """As `ProjectedPairs`, with a finite pi_max."""
        bins = Projected.checked(rp_edges, float(_checks.finite("pi_max", pi_max)))
        return cls(positions, boxsize, bins, **settings)

    @classmethod
    def radial(
        cls, positions: ArrayLike, boxsize: ArrayLike, r_edges: ArrayLike, **settings: Any
    ) -> Self:
        """As `RadialPairs`."""
        return cls(positions, boxsize, Radial.checked(r_edges), **settings)

    @classmethod
    def s_mu(
        cls,
        positions: ArrayLike,
        boxsize: ArrayLike,
        s_edges: ArrayLike,
        mu_edges: ArrayLike,
        **settings: Any,
    ) -> Self:
        """As `SMuPairs`; subvolumes are those of the positions given, in redshift space or not."""
        return cls(positions, boxsize, SMu.checked(s_edges, mu_edges), **settings)

    def __call__(self, columns: jax.Array) -> jax.Array:
        """DD / RR - 1 without each subvolume: (n, n_sample) -> (K, n_sample, *bins).

        0 with zero slope for a sample that has no pairs left.
        """
        around, within = self.pairs.per_point(columns), self.pairs_within.per_point(columns)
        of_points = columns.reshape(*columns.shape, *(1,) * self.fraction.ndim)
        by_region = self.sum_over(of_points * around)
        between = self.sum_over(of_points * (around - within))
        counts = self.sum_over.outside(by_region) - between
        total, squares = (self.sum_over.outside(self.sum_over(columns**p)) for p in (1, 2))
        number = total**2 - squares
        return over_random(counts, number, is_rounding(number, total**2), self.fraction)
