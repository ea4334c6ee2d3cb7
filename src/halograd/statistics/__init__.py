"""The statistics that a data vector may hold: each one class in one file."""

from halograd.errors import HalogradError
from halograd.plugins import Registry
from halograd.statistics.pair_statistic import PairStatistic
from halograd.statistics.statistic import Prepared, Regions, Statistic, Survey
from halograd.statistics.style import Style


def _check(thing: object) -> None:
    if not (isinstance(thing, type) and issubclass(thing, Statistic)):
        raise HalogradError(
            f"a statistic is a subclass of halograd.statistics.Statistic, got {thing!r}"
        )


STATISTICS = Registry(
    "statistic",
    "halograd.statistics",
    {
        "n": "halograd.statistics.number_density:NumberDensity",
        "wp": "halograd.statistics.projected_clustering:ProjectedClustering",
        "delta_sigma": "halograd.statistics.lensing:Lensing",
        "xi": "halograd.statistics.real_space_clustering:RealSpaceClustering",
        "multipoles": "halograd.statistics.multipoles:Multipoles",
    },
    check=_check,
)
"""Every statistic by name, in the order of a data vector."""

__all__ = [
    "STATISTICS",
    "PairStatistic",
    "Prepared",
    "Regions",
    "Statistic",
    "Style",
    "Survey",
]
