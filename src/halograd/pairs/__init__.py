"""The pair engine: weighted pair counts with derivatives in the weights."""

from halograd.pairs._identity import table_identity
from halograd.pairs.nodes import Nodes
from halograd.pairs.projected import ProjectedCrossPairs, ProjectedPairs
from halograd.pairs.radial import RadialCrossPairs, RadialPairs
from halograd.pairs.rp_pi import RpPiCrossPairs, RpPiPairs
from halograd.pairs.s_mu import SMuCrossPairs, SMuPairs
from halograd.pairs.table import PairTable
from halograd.pairs.tabulate import tabulate

__all__ = [
    "Nodes",
    "PairTable",
    "ProjectedCrossPairs",
    "ProjectedPairs",
    "RadialCrossPairs",
    "RadialPairs",
    "RpPiCrossPairs",
    "RpPiPairs",
    "SMuCrossPairs",
    "SMuPairs",
    "table_identity",
    "tabulate",
]
