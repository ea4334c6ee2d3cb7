"""Galaxy–halo models: columns of halos in, the expected galaxies of each sample out."""

from halograd.models.disruption import Disrupted
from halograd.models.draw import draw_galaxies
from halograd.models.galaxy_catalog import GalaxyCatalog
from halograd.models.halo_order import HaloOrder
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
from halograd.models.smhm_model import SmhmModel
from halograd.models.stellar_mass import HasMeanRelation, StellarMassModel
from halograd.models.wrapper import ModelWrapper

__all__ = [
    "Column",
    "ConcentratedMass",
    "Disrupted",
    "FunctionProxy",
    "GalaxyCatalog",
    "GalaxyHaloModel",
    "HaloOrder",
    "HasMeanRelation",
    "InterpolatedVelocity",
    "ModelWrapper",
    "Normal",
    "Parameter",
    "ParameterSpace",
    "Proxy",
    "Quenched",
    "Ranked",
    "ShamModel",
    "SmhmModel",
    "StellarMassModel",
    "Uniform",
    "draw_galaxies",
]
