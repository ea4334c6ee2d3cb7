"""The correlation function in real space."""

from dataclasses import dataclass
from typing import ClassVar, Self

import jax
import numpy as np
from jax.typing import ArrayLike

from halograd import stats
from halograd.catalogs.halo_catalog import HaloCatalog
from halograd.inference.galaxy_sample import Sample
from halograd.inference.statistics.pair_statistic import PairStatistic, shells
from halograd.inference.statistics.statistic import declared_edges, middles
from halograd.pairs import RadialPairs
from halograd.stats.pairs_without_regions import PairsWithoutRegions


@dataclass(frozen=True)
class RealSpaceClustering(PairStatistic):
    """ξ(r).

    Attributes:
        xi_edges: (n_r + 1,), comoving Mpc/h.
    """

    xi_edges: tuple[float, ...]

    name: ClassVar[str] = "xi"

    @classmethod
    def declare(cls, samples: tuple[Sample, ...], xi_edges: ArrayLike | None) -> Self:
        """Checked."""
        return cls(samples, declared_edges("xi_edges", xi_edges, cls.name))

    @property
    def separation(self) -> np.ndarray:
        """Of the shells."""
        return middles(self.xi_edges)

    @property
    def volumes(self) -> np.ndarray:
        """Of the shells."""
        return shells(self.xi_edges)

    def source(self, halos: HaloCatalog, profiles: ArrayLike | None) -> RadialPairs:
        """Pairs in real space."""
        return RadialPairs(halos.positions, halos.boxsize, self.xi_edges)

    def measure(self, weights: jax.Array, source: RadialPairs) -> jax.Array:
        """(n_row, n_sample) -> (n_sample, n_r)."""
        return stats.xi(weights, source)

    def without_regions(
        self, halos: HaloCatalog, n_side: int | ArrayLike, profiles: ArrayLike | None
    ) -> PairsWithoutRegions:
        """Pairs of the box without each subvolume."""
        edges = np.array(self.xi_edges)
        return PairsWithoutRegions.radial(halos.positions, halos.boxsize, edges, n_side=n_side)

    def leave_one_out(self, weights: jax.Array, regions: PairsWithoutRegions) -> jax.Array:
        """(n_halo, n_sample) -> (K, n_sample, n_r)."""
        return regions(weights)
