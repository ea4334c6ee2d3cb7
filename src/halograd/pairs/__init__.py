"""The pair engine: weighted pair counts with derivatives in the weights."""

from halograd.pairs.projected import ProjectedCrossPairs, ProjectedPairs

__all__ = ["ProjectedCrossPairs", "ProjectedPairs"]
