"""Projected clustering."""

from dataclasses import dataclass
from typing import Any, ClassVar

import jax
import numpy as np
from jax.typing import ArrayLike

from halograd import stats
from halograd.catalogs.halo_catalog import HaloCatalog
from halograd.pairs import ProjectedPairs
from halograd.statistics.pair_statistic import PairStatistic
from halograd.statistics.style import Style
from halograd.stats.pairs_without_regions import PairsWithoutRegions


@dataclass(frozen=True)
class ProjectedClustering(PairStatistic):
    """Projected correlation function wp(rp), comoving Mpc/h.

    Attributes:
        rp_edges: (n_rp + 1,), edges of the bins, comoving Mpc/h.
        pi_max: Depth along the line of sight, comoving Mpc/h.
    """

    rp_edges: tuple[float, ...]
    pi_max: float

    name: ClassVar[str] = "wp"
    dims: ClassVar[tuple[str, ...]] = ("wp_sample", "rp")
    edges_field: ClassVar[str] = "rp_edges"
    unit: ClassVar[str] = "length"
    style: ClassVar[Style] = Style(
        "Projected clustering",
        "Excess of galaxy pairs by projected separation",
        "wp",
        r"w_{\rm p}",
        r"[h^{-1}\,{\rm Mpc}]",
        r"r_{\rm p}",
    )

    @classmethod
    def checked_bins(cls, bins: dict[str, Any]) -> dict[str, Any]:
        """The depth as a number."""
        return {**bins, "pi_max": float(bins["pi_max"])}

    @property
    def volumes(self) -> np.ndarray:
        """Volume of each cylindrical shell of rp, 2 π_max deep, (Mpc/h)^3. (n_rp,)"""
        return np.pi * np.diff(np.square(self.rp_edges)) * self.per_excess

    @property
    def per_excess(self) -> float:
        """2 π_max."""
        return 2 * self.pi_max

    def prepare(self, halos: HaloCatalog) -> ProjectedPairs:
        """Pairs in real space."""
        return ProjectedPairs(halos.positions, halos.boxsize, self.rp_edges, self.pi_max)

    def estimate(
        self, weights: jax.Array, prepared: ProjectedPairs, cross_with: jax.Array | None
    ) -> jax.Array:
        """(n_row, n_sample) -> (n_sample, n_rp)."""
        return stats.wp(weights, prepared, cross_with=cross_with)

    def without_regions(
        self, halos: HaloCatalog, n_side: int | ArrayLike, prepared: Any = None
    ) -> PairsWithoutRegions:
        """Pairs of the box without each subvolume."""
        self._check_jackknife()
        bins = np.array(self.rp_edges), self.pi_max
        return PairsWithoutRegions.projected(halos.positions, halos.boxsize, *bins, n_side=n_side)
