"""Halo catalogues: one schema, a reader per format, and the embedded mock universe."""

from halograd.catalogs.analytic_matter import AnalyticMatter
from halograd.catalogs.column_map import ColumnMap, MassColumn, SatelliteRule
from halograd.catalogs.cosmology import BOLSHOI_PLANCK, Cosmology
from halograd.catalogs.halo_catalog import HaloCatalog
from halograd.catalogs.mock_universe import mock_universe
from halograd.catalogs.particles import Particles
from halograd.catalogs.read import read, read_particles
from halograd.catalogs.suitability import suitability
from halograd.catalogs.summarize import summarize
from halograd.errors import CatalogError

__all__ = [
    "BOLSHOI_PLANCK",
    "AnalyticMatter",
    "CatalogError",
    "ColumnMap",
    "Cosmology",
    "HaloCatalog",
    "MassColumn",
    "Particles",
    "SatelliteRule",
    "mock_universe",
    "read",
    "read_particles",
    "suitability",
    "summarize",
]
