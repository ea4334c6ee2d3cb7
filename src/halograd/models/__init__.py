"""Galaxy–halo models: columns of halos in, the expected galaxies of each sample out."""

from halograd.models.completeness import IncompleteSample, incomplete_samples
from halograd.models.conditional_matching import ConditionalMatching
from halograd.models.derived_quantities import DerivedQuantities, derived_quantities
from halograd.models.disruption import Disrupted
from halograd.models.draw import draw_galaxies
from halograd.models.galaxy_catalog import GalaxyCatalog
from halograd.models.halo_order import HaloOrder
from halograd.models.hod.abacus import AbacusELG, AbacusLRG, AbacusQSO
from halograd.models.hod.abacus_tracers import AbacusTracers
from halograd.models.hod.abacus_yaml import read_abacus_yaml
from halograd.models.hod.assembly_bias import Decorated, ShiftedMasses
from halograd.models.hod.halo_occupation import HaloOccupation
from halograd.models.hod.leauthaud11 import Leauthaud11
from halograd.models.hod.zheng07 import Zheng07
from halograd.models.model import GalaxyHaloModel
from halograd.models.parameters import Parameter, ParameterSpace
from halograd.models.priors import Normal, Uniform
from halograd.models.proxies import (
    Column,
    ConcentratedMass,
    FunctionProxy,
    InterpolatedVelocity,
    Proxy,
)
from halograd.models.quenching import Quenched
from halograd.models.ranked import Ranked
from halograd.models.sham_model import ShamModel
from halograd.models.smhm_model import OneRollModel, SmhmModel
from halograd.models.stellar_mass import HasMeanRelation, StellarMassModel
from halograd.models.wrapper import ModelWrapper

__all__ = [
    "AbacusELG",
    "AbacusLRG",
    "AbacusQSO",
    "AbacusTracers",
    "Column",
    "ConcentratedMass",
    "ConditionalMatching",
    "Decorated",
    "DerivedQuantities",
    "Disrupted",
    "FunctionProxy",
    "GalaxyCatalog",
    "GalaxyHaloModel",
    "HaloOccupation",
    "HaloOrder",
    "HasMeanRelation",
    "IncompleteSample",
    "InterpolatedVelocity",
    "Leauthaud11",
    "ModelWrapper",
    "Normal",
    "OneRollModel",
    "Parameter",
    "ParameterSpace",
    "Proxy",
    "Quenched",
    "Ranked",
    "ShamModel",
    "ShiftedMasses",
    "SmhmModel",
    "StellarMassModel",
    "Uniform",
    "Zheng07",
    "derived_quantities",
    "draw_galaxies",
    "incomplete_samples",
    "read_abacus_yaml",
]
