"""Fits by gradients: the problem, its minimisers, their history, and what they end in."""

from halograd.inference.fit.curvature import Curvature
from halograd.inference.fit.history import FitStep, HistoryFile, read_history
from halograd.inference.fit.minimise import METHODS
from halograd.inference.fit.multistart import (
    Minimum,
    best_of,
    distinct_minima,
    latin_hypercube_starts,
    minima_sentences,
)
from halograd.inference.fit.problem import FitProblem
from halograd.inference.fit.result import FitResult, parameters_at_bounds
from halograd.inference.fit.run import fit, with_curvature

__all__ = [
    "METHODS",
    "Curvature",
    "FitProblem",
    "FitResult",
    "FitStep",
    "HistoryFile",
    "Minimum",
    "best_of",
    "distinct_minima",
    "fit",
    "latin_hypercube_starts",
    "minima_sentences",
    "parameters_at_bounds",
    "read_history",
    "with_curvature",
]
