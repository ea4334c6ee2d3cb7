"""Pair counts of a periodic box without each of its equal subvolumes in turn."""

from collections.abc import Sequence
from typing import Any, Self, Unpack

import equinox as eqx
import jax
import numpy as np
from jax.typing import ArrayLike

from halograd import _checks
from halograd.pairs import AutoPairs, Geometry, Multipole, PairOptions, Projected, Radial, SMu
from halograd.stats.box_without_part import random_pairs_without_part
from halograd.stats.overdensity import RandomPairs, is_rounding
from halograd.stats.redshift_space import checked_axis
from halograd.stats.region_sums import RegionSums
from halograd.stats.subvolumes import checked_n_side, pulled_apart, subvolume_of


class PairsWithoutRegions(eqx.Module):
    r"""Excess of pairs over random ones in the box without a subvolume, for each of them.

    With S_i the weighted neighbours of a point, and S'_i those in its own subvolume, the pairs
    left without subvolume k are

    $$ DD_{(k)} = DD - \sum_{i \in k} w_i (2 S_i - S'_i), $$

    so that two counts serve all K subvolumes, and likewise for pairs between two samples. RR of
    the box without a subvolume is exact, edges included.

    Made by `projected`, `radial`, `s_mu` or `multipoles`.

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
    random: RandomPairs

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
        self.random = random_pairs_without_part(geometry, sides[order], cut)

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

    @classmethod
    def multipoles(
        cls,
        positions: ArrayLike,
        boxsize: ArrayLike,
        s_edges: ArrayLike,
        ells: Sequence[int],
        **settings: Any,
    ) -> Self:
        """As `MultipolePairs`; subvolumes are those of the positions given."""
        return cls(positions, boxsize, Multipole.checked(s_edges, ells), **settings)

    def __call__(
        self,
        columns: jax.Array,
        first: Sequence[int] | None = None,
        second: Sequence[int] | None = None,
    ) -> jax.Array:
        """DD / RR - 1 without each subvolume, or its multipoles.

        0 with zero slope for samples that have no pairs left.

        Args:
            columns: (n, n_column), weights.
            first: The column of the first sample of each correlation; None for every column with
                itself.
            second: That of the second sample of each, the same one for pairs within a sample.

        Returns:
            (K, n_correlation, *bins)
        """
        around, within = self.pairs.per_point(columns), self.pairs_within.per_point(columns)
        of_first = of_second = columns
        between = around - within
        if first is not None:
            one, other = np.array(first), np.array(second)
            of_first, of_second = columns[:, one], columns[:, other]
            around, between = around[:, other], between[:, one]
        bins = (1,) * (around.ndim - 2)
        by_region = self.sum_over(of_first.reshape(*of_first.shape, *bins) * around)
        lost = self.sum_over(of_second.reshape(*of_second.shape, *bins) * between)
        counts = self.sum_over.outside(by_region) - lost
        left = [
            self.sum_over.outside(self.sum_over(x))
            for x in (of_first, of_second, of_first * of_second)
        ]
        every = left[0] * left[1]
        number = every - left[2]
        return self.random.excess(counts, number, is_rounding(number, every))
