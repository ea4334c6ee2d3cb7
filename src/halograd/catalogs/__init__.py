"""Halo catalogues: one schema, a reader per format, and the embedded mock universe."""

from typing import Any

from halograd.catalogs.analytic_matter import AnalyticMatter
from halograd.catalogs.box_warnings import box_warnings
from halograd.catalogs.catalog_format import CatalogFormat
from halograd.catalogs.column_map import ColumnMap, MassColumn, SatelliteRule
from halograd.catalogs.derived import (
    concentration,
    environment,
    host_log_mass,
    rank_at_fixed_mass,
    satellite_share,
    time_since_infall,
    virial_velocity,
)
from halograd.catalogs.halo_catalog import HaloCatalog
from halograd.catalogs.hdf5 import save_halos as save
from halograd.catalogs.particles import Particles
from halograd.catalogs.read import read, read_particles
from halograd.catalogs.suitability import suitability
from halograd.catalogs.summarize import summarize
from halograd.errors import CatalogError
from halograd.theory.cosmology import BOLSHOI_PLANCK, Cosmology

__all__ = [
    "BOLSHOI_PLANCK",
    "AnalyticMatter",
    "CatalogError",
    "CatalogFormat",
    "ColumnMap",
    "Cosmology",
    "HaloCatalog",
    "MassColumn",
    "Particles",
    "SatelliteRule",
    "box_warnings",
    "concentration",
    "environment",
    "host_log_mass",
    "mock_universe",
    "rank_at_fixed_mass",
    "read",
    "read_particles",
    "satellite_share",
    "save",
    "suitability",
    "summarize",
    "time_since_infall",
    "virial_velocity",
]

# A catalogue knows no file format; the method is there for those who hold one already.
HaloCatalog.save = save


def __getattr__(name: str) -> Any:
    """Load the mock universe on first use: reading a catalogue does not need it."""
    if name == "mock_universe":
        from halograd.mock_universe import mock_universe

        return mock_universe
    raise AttributeError(f"module 'halograd.catalogs' has no attribute {name!r}")
