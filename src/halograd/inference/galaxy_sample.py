"""A sample of galaxies, chosen by stellar mass."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from halograd.errors import DataError


class Sample(NamedTuple):
    """Galaxies with low <= log10 M* < high (Msun); high = inf for a threshold."""

    low: float
    high: float = np.inf

    @property
    def label(self) -> str:
        """For the legend of a figure."""
        if np.isinf(self.high):
            return rf"$\log M_* > {self.low:g}$"
        return rf"${self.low:g} < \log M_* < {self.high:g}$"

    @property
    def width(self) -> float:
        """Width in dex, inf for a threshold."""
        return self.high - self.low


def checked_samples(samples: Iterable[tuple[float, float]]) -> tuple[Sample, ...]:
    """The samples; DataError for one without width, and for one that is named twice."""
    samples = tuple(Sample(*map(float, np.atleast_1d(sample))) for sample in samples)
    for sample in samples:
        if not sample.low < sample.high:
            raise DataError(f"a sample needs low < high in log10 M*, got {tuple(sample)}")
    if len(set(samples)) != len(samples):
        raise DataError(f"the same sample is named twice: {samples}")
    return samples
