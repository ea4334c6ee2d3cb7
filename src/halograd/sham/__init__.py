"""Subhalo abundance matching: mass functions, scatter and the mean relation between them."""

from halograd.kernels import Kernel, interval_probability, kernel
from halograd.sham.abundance import (
    RollingPowerLaw,
    SubhaloAbundance,
    TabulatedAbundance,
    bolshoi_planck,
    from_catalog,
)
from halograd.sham.assignment import assign_stellar_masses
from halograd.sham.deconvolution import DeconvolvedRelation, deconvolved_relation
from halograd.sham.exact import ExactRelation, exact_relation
from halograd.sham.forward import cumulative_smf_from_relation, smf_from_relation
from halograd.sham.network import (
    Network,
    NetworkRelation,
    OutOfDomainWarning,
    load_network,
    network_relation,
    shipped_network,
)
from halograd.sham.relation import mean_log_mstar, mean_relation
from halograd.sham.relation_table import RelationTable
from halograd.sham.scatter import Scatter
from halograd.sham.schechter import DoubleSchechter, Schechter
from halograd.sham.smf import StellarMassFunction, TabulatedSMF
from halograd.sham.three_roll import THREE_ROLL_BOUNDS, FittedThreeRoll, ThreeRoll, fit_three_roll

__all__ = [
    "THREE_ROLL_BOUNDS",
    "DeconvolvedRelation",
    "DoubleSchechter",
    "ExactRelation",
    "FittedThreeRoll",
    "Kernel",
    "Network",
    "NetworkRelation",
    "OutOfDomainWarning",
    "RelationTable",
    "RollingPowerLaw",
    "Scatter",
    "Schechter",
    "StellarMassFunction",
    "SubhaloAbundance",
    "TabulatedAbundance",
    "TabulatedSMF",
    "ThreeRoll",
    "assign_stellar_masses",
    "bolshoi_planck",
    "cumulative_smf_from_relation",
    "deconvolved_relation",
    "exact_relation",
    "fit_three_roll",
    "from_catalog",
    "interval_probability",
    "kernel",
    "load_network",
    "mean_log_mstar",
    "mean_relation",
    "network_relation",
    "shipped_network",
    "smf_from_relation",
]
