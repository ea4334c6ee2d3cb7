"""Fit a model to data by gradients."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from halograd.errors import ConfigError
from halograd.inference.fit.curvature import Curvature, curvature_at
from halograd.inference.fit.history import FitStep, HistoryFile, RecordedProblem
from halograd.inference.fit.minimise import METHODS, Minimiser
from halograd.inference.fit.problem import Evaluation, FitProblem
from halograd.inference.fit.result import FitResult, parameters_at_bounds, result_at
from halograd.models.parameters import ParameterSpace, Theta
from halograd.predict.data_vector import DataVector
from halograd.predict.predictor import Predictor


def fit(
    predictor: Predictor,
    data: DataVector,
    *,
    start: Theta | None = None,
    space: ParameterSpace | None = None,
    method: str = "levenberg-marquardt",
    max_steps: int = 100,
    curvature: bool = True,
    history: HistoryFile | None = None,
    keep_on_interrupt: bool = False,
    on_step: Callable[[FitStep], None] = lambda step: None,
) -> FitResult:
    """Minimise χ² = (d - m)^T C^-1 (d - m), plus that of normal priors, with exact derivatives.

    Args:
        predictor: Model on a catalogue.
        data: Measurements with their covariance.
        start: Parameters to begin at, by name; the defaults of the space otherwise.
        space: Bounds, priors and free parameters; those of the model otherwise, of which
            `model.space.replace(alpha={"free": False})` holds one where it is.
        method: "levenberg-marquardt", "l-bfgs" or "adam".
        max_steps: Evaluations of χ² with derivatives, at most.
        curvature: Whether to take second derivatives at the end.
        history: File that keeps every evaluation as it is made; a fit that was cut goes on from
            there, and ends in the same numbers.
        keep_on_interrupt: Whether a Ctrl-C after the first step ends the fit at its best step.
        on_step: Called after every evaluation, to report progress.

    Returns:
        The result: `theta`, `errors`, `chi2`, `prediction` and more, see `FitResult`. Its `status`
        and `reason` tell how it ended, nothing is raised for a fit that did not converge.

    Raises:
        HalogradError: For data, names or bounds that do not fit together.
    """
    if method not in METHODS:
        raise ConfigError(f"unknown method {method!r}: choose one of {', '.join(METHODS)}")
    space = (space or predictor.model.space).at(start or {})
    problem = FitProblem(predictor, data, space)
    recorded = RecordedProblem(problem, method, history)
    u = np.asarray(space.to_unbounded({}))
    minimiser = Minimiser(recorded, space, u, max_steps, lambda _: on_step(recorded.steps[-1]))
    bends, interrupted = None, False
    try:
        minimiser.run(method)
        bends = _curvature(problem, minimiser.best) if curvature else None
    except KeyboardInterrupt:
        if not keep_on_interrupt:
            raise
        interrupted = True
    status = "interrupted" if interrupted else minimiser.status
    return replace(
        result_at(problem, minimiser.best, status, recorded.steps, method), curvature=bends
    )


def with_curvature(
    result: FitResult, predictor: Predictor, data: DataVector, space: ParameterSpace
) -> FitResult:
    """The result of `fit`, with the second derivatives that it was not asked for."""
    problem = FitProblem(predictor, data, space.at(result.theta))
    evaluation = problem.evaluate(np.asarray(problem.space.to_unbounded({})))
    return replace(result, curvature=_curvature(problem, evaluation))


def _curvature(problem: FitProblem, at: Evaluation) -> Curvature | None:
    return None if parameters_at_bounds(problem.space, at.theta) else curvature_at(problem, at)
