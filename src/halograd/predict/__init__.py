"""Predictions: what a data vector holds, and its numbers with their derivatives.

A `Predictor` puts a catalogue, a model and the statistics of `Observables` together; `tabulate`
makes one that answers from a table. `DataVector` holds measurements in the same order.
"""

from halograd.predict.covariance import box_covariance, jackknife_covariance, mock_covariance
from halograd.predict.data_vector import DataVector, real_space_warnings, shared_galaxy_warnings
from halograd.predict.observables import EVERYTHING, Observables, select
from halograd.predict.prediction import Prediction
from halograd.predict.predictor import Predictor
from halograd.predict.synthesis import counting_bins, survey_covariance, synthesize
from halograd.predict.tables import (
    HaloTable,
    MassNodes,
    ReducedBasis,
    StatisticError,
    TableAccuracy,
    TabulatedPredictor,
    halo_table_identity,
    tabulate,
)

__all__ = [
    "EVERYTHING",
    "DataVector",
    "HaloTable",
    "MassNodes",
    "Observables",
    "Prediction",
    "Predictor",
    "ReducedBasis",
    "StatisticError",
    "TableAccuracy",
    "TabulatedPredictor",
    "box_covariance",
    "counting_bins",
    "halo_table_identity",
    "jackknife_covariance",
    "mock_covariance",
    "real_space_warnings",
    "select",
    "shared_galaxy_warnings",
    "survey_covariance",
    "synthesize",
    "tabulate",
]
