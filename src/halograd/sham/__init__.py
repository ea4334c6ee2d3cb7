"""Subhalo abundance matching: mass functions, scatter and the mean relation between them."""

from halograd.sham.abundance import (
    RollingPowerLaw,
    SubhaloAbundance,
    TabulatedAbundance,
    bolshoi_planck,
)
from halograd.sham.catalog_abundance import from_catalog
from halograd.sham.fitted import FittedRelation, fit_relation
from halograd.sham.fitted_three_roll import FittedThreeRoll, fit_three_roll
from halograd.sham.forward import cumulative_smf_from_relation, smf_from_relation
from halograd.sham.kernels import Kernel, interval_probability, kernel
from halograd.sham.relation import mean_log_mstar
from halograd.sham.scatter import Scatter
from halograd.sham.schechter import DoubleSchechter, Schechter
from halograd.sham.smf import StellarMassFunction
from halograd.sham.tabulated_smf import TabulatedSMF
from halograd.sham.three_roll import THREE_ROLL_BOUNDS, ThreeRoll

__all__ = [
    "THREE_ROLL_BOUNDS",
    "DoubleSchechter",
    "FittedRelation",
    "FittedThreeRoll",
    "Kernel",
    "RollingPowerLaw",
    "Scatter",
    "Schechter",
    "StellarMassFunction",
    "SubhaloAbundance",
    "TabulatedAbundance",
    "TabulatedSMF",
    "ThreeRoll",
    "bolshoi_planck",
    "cumulative_smf_from_relation",
    "fit_relation",
    "fit_three_roll",
    "from_catalog",
    "interval_probability",
    "kernel",
    "mean_log_mstar",
    "smf_from_relation",
]
