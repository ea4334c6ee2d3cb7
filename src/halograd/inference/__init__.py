"""Inference: data vectors, exact predictions with Jacobians, fits by gradients."""

from halograd.inference.data_vector import DataVector
from halograd.inference.fisher import fisher_matrix, parameter_covariance
from halograd.inference.fit import FitResult, fit
from halograd.inference.history import FitStep, HistoryFile, read_history
from halograd.inference.minimise import METHODS
from halograd.inference.observables import Observables, Prediction, Sample
from halograd.inference.predictor import Predictor
from halograd.inference.problem import FitProblem
from halograd.inference.synthesis import counting_bins, survey_covariance, synthesize

__all__ = [
    "METHODS",
    "DataVector",
    "FitProblem",
    "FitResult",
    "FitStep",
    "HistoryFile",
    "Observables",
    "Prediction",
    "Predictor",
    "Sample",
    "counting_bins",
    "fisher_matrix",
    "fit",
    "parameter_covariance",
    "read_history",
    "survey_covariance",
    "synthesize",
]
