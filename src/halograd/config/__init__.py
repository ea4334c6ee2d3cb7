"""Configuration files: TOML in, checked and typed sections out."""

from halograd.config.catalog_section import CatalogSection, TableFile
from halograd.config.config import Config, load_config, parse_config
from halograd.config.data_section import DataSection, SyntheticSection
from halograd.config.fit_section import FitSection
from halograd.config.model_section import ModelSection
from halograd.config.report_section import ReportSection

__all__ = [
    "CatalogSection",
    "Config",
    "DataSection",
    "FitSection",
    "ModelSection",
    "ReportSection",
    "SyntheticSection",
    "TableFile",
    "load_config",
    "parse_config",
]
