"""What statistics that are counts of pairs have in common."""

from abc import abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

import jax
import numpy as np

from halograd.samples import Cross
from halograd.statistics.statistic import Prepared, Statistic, Survey


@dataclass(frozen=True)
class PairStatistic(Statistic):
    """A statistic of pairs of galaxies, within a sample or of one sample with another."""

    made_from: ClassVar[str] = "pairs"
    takes_crosses: ClassVar[bool] = True

    @abstractmethod
    def estimate(
        self, weights: jax.Array, prepared: Prepared, cross_with: jax.Array | None
    ) -> jax.Array:
        """The numbers of each column: (n_row, n_sample) -> `shape`.

        Args:
            weights: One column for each of `samples`; of crosses, the first member.
            prepared: The pairs.
            cross_with: The second members, or None where all are pairs within a sample.
        """

    @property
    @abstractmethod
    def volumes(self) -> np.ndarray:
        """Volume of separations in each bin, both signs along the line of sight. (n_bin,)"""

    @property
    def per_excess(self) -> float:
        """The statistic for an excess of pairs DD / RR - 1 of one."""
        return 1.0

    @property
    def has_crosses(self) -> bool:
        """Whether any of its correlation functions is a cross-correlation of two samples."""
        return any(isinstance(sample, Cross) for sample in self.samples)

    @property
    def first(self) -> list[int]:
        """The first member of each of `samples`, by its place among `members`. (n_sample,)"""
        return [self.members.index(sample.members[0]) for sample in self.samples]

    @property
    def second(self) -> list[int]:
        """The second member of each cross; of a sample, the sample itself. (n_sample,)"""
        return [self.members.index(sample.members[-1]) for sample in self.samples]

    def measure(self, weights: jax.Array, prepared: Prepared) -> jax.Array:
        """(n_row, n_member) -> `shape`."""
        if not self.has_crosses:
            return self.estimate(weights, prepared, None)
        first, second = (weights[:, np.array(columns)] for columns in (self.first, self.second))
        return self.estimate(first, prepared, second)

    def monopole(self, values: np.ndarray) -> np.ndarray:
        """The part that tells the excess of pairs: `shape` -> (n_sample, n_bin)."""
        return values

    def counting_error(
        self, values: np.ndarray, galaxies: np.ndarray, survey: Survey
    ) -> np.ndarray:
        """Poisson error sqrt(2 DD) / RR: DD counts both orders of each independent pair.

        In a cross of two samples every pair is counted once, and the error is sqrt(DD) / RR.
        """
        numbers = galaxies[self.first] * galaxies[self.second]
        random = numbers[:, None] * self.volumes / survey.volume
        excess = self.monopole(np.asarray(values, np.float64)) / self.per_excess
        pairs = np.maximum(random * (1 + excess), 1.0)
        orders = np.where(np.array(self.first) == np.array(self.second), 2.0, 1.0)[:, None]
        error = np.sqrt(orders * pairs) / np.maximum(random, np.finfo(np.float32).tiny)
        return self.per_excess * error

    def leave_one_out(self, weights: jax.Array, regions: Any) -> jax.Array:
        """(n_halo, n_member) -> (K, *shape); the mean over lines of sight where there are some."""
        views = regions if isinstance(regions, tuple) else (regions,)
        found = [view(weights, self.first, self.second) for view in views]
        return self.per_excess * sum(found[1:], found[0]) / len(views)


def shells(edges: tuple[float, ...]) -> np.ndarray:
    """Volume between spheres of these radii, (Mpc/h)^3. (n_bin,)"""
    return 4 * np.pi / 3 * np.diff(np.power(edges, 3))
