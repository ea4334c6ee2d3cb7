"""The pair engine: weighted pair counts with derivatives in the weights."""

from halograd.pairs.projected import ProjectedCrossPairs, ProjectedPairs
from halograd.pairs.radial import RadialCrossPairs, RadialPairs
from halograd.pairs.rp_pi import RpPiCrossPairs, RpPiPairs
from halograd.pairs.s_mu import SMuCrossPairs, SMuPairs

__all__ = [
    "ProjectedCrossPairs",
    "ProjectedPairs",
    "RadialCrossPairs",
    "RadialPairs",
    "RpPiCrossPairs",
    "RpPiPairs",
    "SMuCrossPairs",
    "SMuPairs",
]
