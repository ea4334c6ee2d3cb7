"""The pair engine: weighted pair counts with derivatives in the weights."""

from halograd.pairs._options import PairOptions
from halograd.pairs._pairs import AutoPairs, CrossPairs, Pairs
from halograd.pairs.geometry import CylinderBins, Geometry, ShellBins
from halograd.pairs.identity import table_identity
from halograd.pairs.multipole import Multipole, MultipoleCrossPairs, MultipolePairs
from halograd.pairs.nodes import Nodes
from halograd.pairs.projected import Projected, ProjectedCrossPairs, ProjectedPairs
from halograd.pairs.radial import Radial, RadialCrossPairs, RadialPairs
from halograd.pairs.rp_pi import RpPi, RpPiCrossPairs, RpPiPairs
from halograd.pairs.s_mu import SMu, SMuCrossPairs, SMuPairs
from halograd.pairs.split_float64 import SplitFloat64
from halograd.pairs.table import PairTable
from halograd.pairs.tabulate import tabulate

__all__ = [
    "AutoPairs",
    "CrossPairs",
    "CylinderBins",
    "Geometry",
    "Multipole",
    "MultipoleCrossPairs",
    "MultipolePairs",
    "Nodes",
    "PairOptions",
    "PairTable",
    "Pairs",
    "Projected",
    "ProjectedCrossPairs",
    "ProjectedPairs",
    "Radial",
    "RadialCrossPairs",
    "RadialPairs",
    "RpPi",
    "RpPiCrossPairs",
    "RpPiPairs",
    "SMu",
    "SMuCrossPairs",
    "SMuPairs",
    "ShellBins",
    "SplitFloat64",
    "table_identity",
    "tabulate",
]
