"""Number densities of samples."""

from dataclasses import dataclass
from typing import ClassVar

import jax
import numpy as np
from jax.typing import ArrayLike

from halograd import stats
from halograd.catalogs.halo_catalog import HaloCatalog
from halograd.statistics.statistic import Statistic, Survey
from halograd.statistics.style import Style
from halograd.stats.sums_without_regions import SumsWithoutRegions


@dataclass(frozen=True)
class NumberDensity(Statistic):
    """Number density n, (Mpc/h)^-3, one number for each sample."""

    name: ClassVar[str] = "n"
    dims: ClassVar[tuple[str, ...]] = ("n_sample",)
    made_from: ClassVar[str] = "galaxies"
    unit: ClassVar[str] = "density"
    style: ClassVar[Style] = Style(
        "Number densities",
        "Galaxies by volume, in bins of stellar mass and above thresholds",
        "n",
        "n",
        r"[h^3\,{\rm Mpc}^{-3}]",
        r"\log_{10}\, M_*",
        r"[M_\odot]",
    )

    def prepare(self, halos: HaloCatalog) -> float:
        """Volume of the box, (Mpc/h)^3."""
        return halos.volume

    def measure(self, weights: jax.Array, prepared: float) -> jax.Array:
        """(n_row, n_sample) -> (n_sample,)."""
        return stats.number_density(weights, prepared)

    def without_regions(
        self, halos: HaloCatalog, n_side: int | ArrayLike, prepared: float | None = None
    ) -> SumsWithoutRegions:
        """Sums over the halos outside each subvolume."""
        return SumsWithoutRegions(halos.positions, halos.boxsize, n_side)

    def leave_one_out(self, weights: jax.Array, regions: SumsWithoutRegions) -> jax.Array:
        """(n_halo, n_sample) -> (K, n_sample)."""
        return regions.number_density(weights)

    def counting_error(
        self, values: np.ndarray, galaxies: np.ndarray, survey: Survey
    ) -> np.ndarray:
        """Poisson error, that of one galaxy at least."""
        return np.sqrt(np.maximum(values, 1 / survey.volume) / survey.volume)
