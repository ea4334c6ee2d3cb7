"""A statistic that is a mean over galaxies: the fraction that are satellites."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from halograd import stats
from halograd.statistics import Statistic, Style


@dataclass(frozen=True)
class SatelliteFraction(Statistic):
    """Fraction of the galaxies of each sample that live in subhalos."""

    name: ClassVar[str] = "satellite_fraction"
    dims: ClassVar[tuple[str, ...]] = ("satellite_fraction_sample",)
    made_from: ClassVar[str] = "profiles"
    style: ClassVar[Style] = Style(
        "Satellite fraction", "Galaxies in subhalos over all", "f_sat", r"f_{\rm sat}", "", "M_*"
    )

    def prepare(self, halos):
        """Whether each halo is a subhalo. (n_halo, 1)"""
        return np.asarray(halos.is_satellite, np.float64)[:, None]

    def measure(self, weights, prepared):
        """(n_row, n_sample) -> (n_sample,)."""
        return stats.delta_sigma(weights, prepared)[:, 0]

    def counting_error(self, values, galaxies, survey):
        """The error of a fraction of independent galaxies, of one galaxy at least."""
        fraction = np.clip(values, 0.01, 0.99)
        return np.sqrt(fraction * (1 - fraction) / np.maximum(galaxies, 1.0))
