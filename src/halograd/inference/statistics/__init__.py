"""The statistics that a data vector may hold, one file each."""

from halograd.inference.statistics.lensing import Lensing
from halograd.inference.statistics.multipoles import Multipoles
from halograd.inference.statistics.number_density import NumberDensity
from halograd.inference.statistics.projected_clustering import ProjectedClustering
from halograd.inference.statistics.real_space_clustering import RealSpaceClustering
from halograd.inference.statistics.statistic import Source, Statistic, Survey

STATISTICS: dict[str, type[Statistic]] = {
    kind.name: kind
    for kind in (NumberDensity, ProjectedClustering, Lensing, RealSpaceClustering, Multipoles)
}
"""Every statistic by name, in the order of a data vector."""

__all__ = ["STATISTICS", "Source", "Statistic", "Survey"]
