"""The pair engine: weighted pair counts with derivatives in the weights."""

from halograd.pairs.cross_pairs import ProjectedCrossPairs
from halograd.pairs.projected import ProjectedPairs

__all__ = ["ProjectedCrossPairs", "ProjectedPairs"]
