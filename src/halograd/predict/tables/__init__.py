"""Predictions from a table in the place of a catalogue.

`tabulate` makes a `TabulatedPredictor` of a direct one, by one of two methods: `MassNodes`, for
models that look at halo mass alone, and `ReducedBasis`, for any other.
"""

from halograd.predict.tables.accuracy import StatisticError, TableAccuracy
from halograd.predict.tables.halo_table import HaloTable, halo_table_identity
from halograd.predict.tables.mass_nodes import MassNodes
from halograd.predict.tables.reduced_basis import ReducedBasis
from halograd.predict.tables.tabulate import tabulate
from halograd.predict.tables.tabulated_predictor import TabulatedPredictor

__all__ = [
    "HaloTable",
    "MassNodes",
    "ReducedBasis",
    "StatisticError",
    "TableAccuracy",
    "TabulatedPredictor",
    "halo_table_identity",
    "tabulate",
]
