"""The correlation function in real space."""

from dataclasses import dataclass
from typing import Any, ClassVar

import jax
import numpy as np
from jax.typing import ArrayLike

from halograd import stats
from halograd.catalogs.halo_catalog import HaloCatalog
from halograd.pairs import RadialPairs
from halograd.statistics.pair_statistic import PairStatistic, shells
from halograd.statistics.style import Style
from halograd.stats.pairs_without_regions import PairsWithoutRegions


@dataclass(frozen=True)
class RealSpaceClustering(PairStatistic):
    """Correlation function ξ(r).

    Attributes:
        xi_edges: (n_r + 1,), edges of the shells, comoving Mpc/h.
    """

    xi_edges: tuple[float, ...]

    name: ClassVar[str] = "xi"
    dims: ClassVar[tuple[str, ...]] = ("xi_sample", "xi_r")
    edges_field: ClassVar[str] = "xi_edges"
    style: ClassVar[Style] = Style(
        "Clustering in real space", "Excess of galaxy pairs by distance", "ξ", r"\xi", "", "r"
    )

    @property
    def space(self) -> str:
        """Real space, in words."""
        return "in real space"

    @property
    def volumes(self) -> np.ndarray:
        """Volume of the shells, (Mpc/h)^3. (n_r,)"""
        return shells(self.xi_edges)

    def prepare(self, halos: HaloCatalog) -> RadialPairs:
        """Pairs in real space."""
        return RadialPairs(halos.positions, halos.boxsize, self.xi_edges)

    def estimate(
        self, weights: jax.Array, prepared: RadialPairs, cross_with: jax.Array | None
    ) -> jax.Array:
        """(n_row, n_sample) -> (n_sample, n_r)."""
        return stats.xi(weights, prepared, cross_with=cross_with)

    def without_regions(
        self, halos: HaloCatalog, n_side: int | ArrayLike, prepared: Any = None
    ) -> PairsWithoutRegions:
        """Pairs of the box without each subvolume."""
        edges = np.array(self.xi_edges)
        return PairsWithoutRegions.radial(halos.positions, halos.boxsize, edges, n_side=n_side)
