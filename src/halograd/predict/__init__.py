"""Predictions: what a data vector holds, and its numbers with their derivatives.

A `Predictor` puts a catalogue, a model and the statistics of `Observables` together; `tabulate`
makes one that answers from a table. `DataVector` holds measurements in the same order.
"""

from halograd.predict.covariance import box_covariance, jackknife_covariance, mock_covariance
from halograd.predict.data_vector import DataVector
from halograd.predict.halo_table import HaloTable, halo_table_identity
from halograd.predict.observables import EVERYTHING, Observables, select
from halograd.predict.prediction import Prediction
from halograd.predict.predictor import Predictor
from halograd.predict.synthesis import counting_bins, survey_covariance, synthesize
from halograd.predict.table_accuracy import StatisticError, TableAccuracy
from halograd.predict.tabulate import tabulate
from halograd.predict.tabulated_predictor import TabulatedPredictor

__all__ = [
    "EVERYTHING",
    "DataVector",
    "HaloTable",
    "Observables",
    "Prediction",
    "Predictor",
    "StatisticError",
    "TableAccuracy",
    "TabulatedPredictor",
    "box_covariance",
    "counting_bins",
    "halo_table_identity",
    "jackknife_covariance",
    "mock_covariance",
    "select",
    "survey_covariance",
    "synthesize",
    "tabulate",
]
