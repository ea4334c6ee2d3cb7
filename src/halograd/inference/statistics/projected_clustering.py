"""Projected clustering."""

from dataclasses import dataclass
from typing import ClassVar, Self

import jax
import numpy as np
from jax.typing import ArrayLike

from halograd import stats
from halograd.catalogs.halo_catalog import HaloCatalog
from halograd.errors import DataError
from halograd.inference.galaxy_sample import Sample
from halograd.inference.statistics.pair_statistic import PairStatistic
from halograd.inference.statistics.statistic import declared_edges, middles
from halograd.pairs import ProjectedPairs
from halograd.stats.pairs_without_regions import PairsWithoutRegions


@dataclass(frozen=True)
class ProjectedClustering(PairStatistic):
    """wp(rp), comoving Mpc/h.

    Attributes:
        rp_edges: (n_rp + 1,), comoving Mpc/h.
        pi_max: Depth, comoving Mpc/h.
    """

    rp_edges: tuple[float, ...]
    pi_max: float

    name: ClassVar[str] = "wp"

    @classmethod
    def declare(
        cls, samples: tuple[Sample, ...], rp_edges: ArrayLike | None, pi_max: float | None
    ) -> Self:
        """Checked."""
        edges = declared_edges("rp_edges", rp_edges, cls.name)
        if pi_max is None:
            raise DataError("wp needs pi_max, in comoving Mpc/h")
        return cls(samples, edges, float(pi_max))

    @property
    def separation(self) -> np.ndarray:
        """Of the bins of rp."""
        return middles(self.rp_edges)

    @property
    def volumes(self) -> np.ndarray:
        """Of rings as deep as the line of sight."""
        return np.pi * np.diff(np.square(self.rp_edges)) * self.per_excess

    @property
    def per_excess(self) -> float:
        """2 π_max."""
        return 2 * self.pi_max

    def source(self, halos: HaloCatalog, profiles: ArrayLike | None) -> ProjectedPairs:
        """Pairs in real space."""
        return ProjectedPairs(halos.positions, halos.boxsize, self.rp_edges, self.pi_max)

    def measure(self, weights: jax.Array, source: ProjectedPairs) -> jax.Array:
        """(n_row, n_sample) -> (n_sample, n_rp)."""
        return stats.wp(weights, source)

    def without_regions(
        self, halos: HaloCatalog, n_side: int | ArrayLike, profiles: ArrayLike | None
    ) -> PairsWithoutRegions:
        """Pairs of the box without each subvolume."""
        bins = np.array(self.rp_edges), self.pi_max
        return PairsWithoutRegions.projected(halos.positions, halos.boxsize, *bins, n_side=n_side)

    def leave_one_out(self, weights: jax.Array, regions: PairsWithoutRegions) -> jax.Array:
        """(n_halo, n_sample) -> (K, n_sample, n_rp)."""
        return self.per_excess * regions(weights)
