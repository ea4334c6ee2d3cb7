"""The statistics that a data vector may hold: each one class in one file."""

from halograd.registries import STATISTICS
from halograd.statistics.pair_statistic import PairStatistic
from halograd.statistics.statistic import UNITS, Prepared, Regions, Statistic, Survey
from halograd.statistics.style import Style

__all__ = [
    "STATISTICS",
    "UNITS",
    "PairStatistic",
    "Prepared",
    "Regions",
    "Statistic",
    "Style",
    "Survey",
]
