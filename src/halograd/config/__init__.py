"""Configuration files: TOML in, checked and typed sections out."""

from halograd.config.catalog_section import CatalogSection, TableFile
from halograd.config.config import Config, load_config, parse_config
from halograd.config.data_section import DataSection
from halograd.config.fit_section import FitSection
from halograd.config.forecast_section import ForecastSection
from halograd.config.lensing_section import LensingSection
from halograd.config.model_section import ModelSection
from halograd.config.report_section import ReportSection
from halograd.config.synthetic_section import SyntheticSection
from halograd.config.tables_section import TablesSection

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
