"""What statistics that are counts of pairs have in common."""

from abc import abstractmethod
from typing import ClassVar

import numpy as np

from halograd.inference.statistics.statistic import Statistic, Survey


class PairStatistic(Statistic):
    """A statistic whose noise is that of counted pairs."""

    uses_pairs: ClassVar[bool] = True

    @property
    @abstractmethod
    def volumes(self) -> np.ndarray:
        """Volume of separations in each bin, both signs along the line of sight. (n_bin,)"""

    @property
    def per_excess(self) -> float:
        """The statistic for an excess of pairs DD / RR - 1 of one."""
        return 1.0

    def monopole(self, values: np.ndarray) -> np.ndarray:
        """The part that tells the excess of pairs: `shape` -> (n_sample, n_bin)."""
        return values

    def counting_error(
        self, values: np.ndarray, galaxies: np.ndarray, survey: Survey
    ) -> np.ndarray:
        """Poisson, sqrt(2 DD) / RR: DD counts both orders of each independent pair."""
        random = galaxies[:, None] ** 2 * self.volumes / survey.volume
        excess = self.monopole(np.asarray(values, np.float64)) / self.per_excess
        pairs = np.maximum(random * (1 + excess), 1.0)
        error = np.sqrt(2 * pairs) / np.maximum(random, np.finfo(np.float32).tiny)
        return self.per_excess * error


def shells(edges: tuple[float, ...]) -> np.ndarray:
    """Volume between spheres of these radii. (n_bin,)"""
    return 4 * np.pi / 3 * np.diff(np.power(edges, 3))
