"""Number densities of samples."""

from dataclasses import dataclass
from typing import ClassVar, Self

import jax
import numpy as np
from jax.typing import ArrayLike

from halograd import stats
from halograd.catalogs.halo_catalog import HaloCatalog
from halograd.inference.galaxy_sample import Sample
from halograd.inference.statistics.statistic import Statistic, Survey
from halograd.stats.sums_without_regions import SumsWithoutRegions


@dataclass(frozen=True)
class NumberDensity(Statistic):
    """n, (Mpc/h)^-3, one number for each sample."""

    name: ClassVar[str] = "n"

    @classmethod
    def declare(cls, samples: tuple[Sample, ...]) -> Self:
        """There are no bins to check."""
        return cls(samples)

    @property
    def separation(self) -> np.ndarray:
        """None."""
        return np.zeros(0)

    def source(self, halos: HaloCatalog, profiles: ArrayLike | None) -> float:
        """The volume."""
        return halos.volume

    def measure(self, weights: jax.Array, source: float) -> jax.Array:
        """(n_row, n_sample) -> (n_sample,)."""
        return stats.number_density(weights, source)

    def without_regions(
        self, halos: HaloCatalog, n_side: int | ArrayLike, profiles: ArrayLike | None
    ) -> SumsWithoutRegions:
        """Sums over halos."""
        return SumsWithoutRegions(halos.positions, halos.boxsize, n_side)

    def leave_one_out(self, weights: jax.Array, regions: SumsWithoutRegions) -> jax.Array:
        """(n_halo, n_sample) -> (K, n_sample)."""
        return regions.number_density(weights)

    def counting_error(
        self, values: np.ndarray, galaxies: np.ndarray, survey: Survey
    ) -> np.ndarray:
        """Poisson, of one galaxy at least."""
        return np.sqrt(np.maximum(values, 1 / survey.volume) / survey.volume)
