"""Configuration files: TOML in, checked and typed sections out."""

from halograd.config.catalog_section import CatalogSection, TableFile
from halograd.config.config import Config, load_config, parse_config
from halograd.config.data_section import DataSection
from halograd.config.forecast_section import ForecastSection
from halograd.config.lensing_section import LensingSection
from halograd.config.model_section import ModelSection
from halograd.config.sections import FitSection, ReportSection, TablesSection
from halograd.config.synthetic_section import SyntheticSection

__all__ = [
    "CatalogSection",
    "Config",
    "DataSection",
    "FitSection",
    "ForecastSection",
    "LensingSection",
    "ModelSection",
    "ReportSection",
    "SyntheticSection",
    "TableFile",
    "TablesSection",
    "load_config",
    "parse_config",
]
