"""Inference: data vectors, exact predictions with Jacobians, fits by gradients."""

from halograd.inference.calibration import Calibration, Replicate, calibrate, replicates
from halograd.inference.chains import Chains
from halograd.inference.curvature import Curvature
from halograd.inference.data_importance import ScaleCuts, information_loss, scale_cuts
from halograd.inference.diagnostics import Convergence
from halograd.inference.fisher import fisher_matrix, parameter_covariance
from halograd.inference.fit import FitResult, fit, with_curvature
from halograd.inference.forecast import Forecast
from halograd.inference.history import FitStep, HistoryFile, read_history
from halograd.inference.inference_data import save_chains, to_arviz
from halograd.inference.minimise import METHODS
from halograd.inference.multistart import Minimum, best_of, distinct_minima, minima_sentences
from halograd.inference.posterior import Posterior
from halograd.inference.predictive import Predictive, predictive
from halograd.inference.problem import FitProblem
from halograd.inference.sample import sample
from halograd.inference.sample_settings import SampleSettings
from halograd.inference.sampling import SampleProgress, Sampling
from halograd.inference.sensitivity import Sensitivity, sensitivity
from halograd.inference.starts import spread_starts
from halograd.inference.touched_bounds import touched_bounds
from halograd.predict import (
    EVERYTHING,
    DataVector,
    HaloTable,
    MassNodes,
    Observables,
    Prediction,
    Predictor,
    ReducedBasis,
    StatisticError,
    TableAccuracy,
    TabulatedPredictor,
    box_covariance,
    counting_bins,
    halo_table_identity,
    jackknife_covariance,
    mock_covariance,
    select,
    survey_covariance,
    synthesize,
    tabulate,
)
from halograd.samples import Cross, Sample

__all__ = [
    "EVERYTHING",
    "METHODS",
    "Calibration",
    "Chains",
    "Convergence",
    "Cross",
    "Curvature",
    "DataVector",
    "FitProblem",
    "FitResult",
    "FitStep",
    "Forecast",
    "HaloTable",
    "HistoryFile",
    "MassNodes",
    "Minimum",
    "Observables",
    "Posterior",
    "Prediction",
    "Predictive",
    "Predictor",
    "ReducedBasis",
    "Replicate",
    "Sample",
    "SampleProgress",
    "SampleSettings",
    "Sampling",
    "ScaleCuts",
    "Sensitivity",
    "StatisticError",
    "TableAccuracy",
    "TabulatedPredictor",
    "best_of",
    "box_covariance",
    "calibrate",
    "counting_bins",
    "distinct_minima",
    "fisher_matrix",
    "fit",
    "halo_table_identity",
    "information_loss",
    "jackknife_covariance",
    "minima_sentences",
    "mock_covariance",
    "parameter_covariance",
    "predictive",
    "read_history",
    "replicates",
    "sample",
    "save_chains",
    "scale_cuts",
    "select",
    "sensitivity",
    "spread_starts",
    "survey_covariance",
    "synthesize",
    "tabulate",
    "to_arviz",
    "touched_bounds",
    "with_curvature",
]
