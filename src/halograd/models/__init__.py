"""Galaxy–halo models: named parameters in, the weight of each halo in each sample out."""

from halograd.models.draw import draw_galaxies
from halograd.models.galaxy_catalog import GalaxyCatalog
from halograd.models.galaxy_halo_model import GalaxyHaloModel
from halograd.models.parameters import Parameter, ParameterSpace
from halograd.models.priors import Normal, Uniform
from halograd.models.sham_model import ShamModel
from halograd.models.smhm_model import SmhmModel

__all__ = [
    "GalaxyCatalog",
    "GalaxyHaloModel",
    "Normal",
    "Parameter",
    "ParameterSpace",
    "ShamModel",
    "SmhmModel",
    "Uniform",
    "draw_galaxies",
]
