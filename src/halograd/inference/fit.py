"""Fit a model to data by gradients."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from halograd.errors import ConfigError
from halograd.inference.curvature import Curvature, curvature_at
from halograd.inference.fisher import parameter_covariance, unknown_directions
from halograd.inference.history import FitStep, HistoryFile
from halograd.inference.minimise import METHODS, TOLERANCE, Minimiser
from halograd.inference.problem import Evaluation, FitProblem
from halograd.inference.recorded_problem import RecordedProblem
from halograd.inference.touched_bounds import touched_bounds
from halograd.models.parameters import ParameterSpace, Theta
from halograd.predict.data_vector import DataVector
from halograd.predict.prediction import Prediction
from halograd.predict.predictor import Predictor

Status = Literal["converged", "out of steps", "stalled", "interrupted"]


@dataclass(frozen=True)
class FitResult:
    """The end of a fit.

    Attributes:
        theta: Best value of every parameter.
        free: Names of the fitted ones, in the order of `covariance`.
        covariance: (n_free, n_free), inverse Fisher matrix at the best fit, priors included.
        chi2: Of the data at the best fit.
        n_data: Numbers in the data vector.
        prediction: Statistics at the best fit.
        converged: Whether the minimum within the bounds is expected within 0.05 of the errors.
        reason: Why it ended, in words.
        steps: The history; χ² in it includes that of the priors.
        method: Name of the method.
        status: "converged"; "out of steps"; "stalled", where the minimiser gave up before; or
            "interrupted".
        prior_chi2: What normal priors add to χ².
        at_bounds: The bound that a fitted parameter sits at, for those that do.
        curvature: Second derivatives, or None where they were not asked for, and at a bound,
            where χ² has a slope.
    """

    theta: dict[str, float]
    free: tuple[str, ...]
    covariance: np.ndarray
    chi2: float
    n_data: int
    prediction: Prediction
    converged: bool
    reason: str
    steps: list[FitStep]
    method: str
    status: Status = "converged"
    prior_chi2: float = 0.0
    at_bounds: Mapping[str, float] = field(default_factory=dict)
    curvature: Curvature | None = None

    @property
    def errors(self) -> dict[str, float]:
        """Marginal standard error of each fitted parameter."""
        return dict(zip(self.free, np.sqrt(np.diag(self.covariance)).tolist(), strict=True))

    @property
    def degrees_of_freedom(self) -> int:
        """Numbers fitted minus parameters."""
        return self.n_data - len(self.free)

    @property
    def minimised(self) -> float:
        """The lowest value of what the fit makes small, χ² of data and priors."""
        return min(step.chi2 for step in self.steps)


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
        data: Measurements with covariance.
        start: Where to begin, by name; the defaults of the space otherwise.
        space: Bounds, priors and free parameters; those of the model otherwise, of which
            `model.space.replace(alpha={"free": False})` holds one where it is.
        method: "levenberg-marquardt", "l-bfgs" or "adam".
        max_steps: Evaluations of χ² with derivatives, at most.
        curvature: Whether to take second derivatives at the end.
        history: Keeps every evaluation as it is made; a fit that was cut goes on from there, and
            ends in the same numbers.
        keep_on_interrupt: A Ctrl-C after the first step ends the fit at its best step.
        on_step: Called with every evaluation, for progress.

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
        _result(problem, minimiser.best, status, recorded.steps, method), curvature=bends
    )


def with_curvature(
    result: FitResult, predictor: Predictor, data: DataVector, space: ParameterSpace
) -> FitResult:
    """The result of `fit`, with the second derivatives that it was not asked for."""
    problem = FitProblem(predictor, data, space.at(result.theta))
    evaluation = problem.evaluate(np.asarray(problem.space.to_unbounded({})))
    return replace(result, curvature=_curvature(problem, evaluation))


def _curvature(problem: FitProblem, at: Evaluation) -> Curvature | None:
    return None if touched_bounds(problem.space, at.theta) else curvature_at(problem, at)


def _result(
    problem: FitProblem, best: Evaluation, status: Status, steps: list[FitStep], method: str
) -> FitResult:
    space = problem.space
    return FitResult(
        theta={name: best.theta[name] for name in space.names},
        free=tuple(p.name for p in space.free),
        covariance=parameter_covariance(best.fisher),
        chi2=best.data_chi2,
        n_data=len(best.vector),
        prediction=problem.predictor.observables.split(best.vector),
        converged=status == "converged",
        reason=_reason(status, len(steps), best.distance_to_minimum)
        + _held(space, best)
        + _unknown(space, best),
        steps=steps,
        method=method,
        status=status,
        prior_chi2=best.prior_chi2,
        at_bounds=touched_bounds(space, best.theta),
    )


def _held(space: ParameterSpace, best: Evaluation) -> str:
    """Which bounds hold the fit, in words."""
    slope = best.theta_jacobian.T @ best.residuals
    touched = touched_bounds(space, best.theta)
    held = [
        f"{p.name} at {touched[p.name]:g}"
        for p, g in zip(space.free, slope, strict=True)
        if p.name in touched and (g > 0 if touched[p.name] == p.low else g < 0)
    ]
    return f"; bounds hold {', '.join(held)}, beyond which χ² is lower" if held else ""


def _unknown(space: ParameterSpace, best: Evaluation) -> str:
    """Why errors are infinite, in words, where some are."""
    directions = unknown_directions(best.fisher, [p.name for p in space.free])
    if len(directions) in (0, len(space.free)):  # of none at all the status tells
        return ""
    words = "; ".join(f"({direction.words})" for direction in directions)
    return (
        f"; the data say nothing along {words}, so errors are infinite: fix one of these "
        "parameters, or give it a prior"
    )


def _reason(status: Status, n_step: int, distance: float) -> str:
    if status == "interrupted":
        return f"interrupted by the user after {n_step} steps"
    how = {
        "out of steps": ", as many as allowed,",
        "stalled": ", where the minimiser found nothing lower,",
    }
    if np.isinf(distance):
        return f"after {n_step} steps no number answers to any parameter, as without galaxies"
    return (
        f"after {n_step} steps{how.get(status, '')} the minimum is expected within "
        f"{distance:.2g} standard errors, where the tolerance is {TOLERANCE}"
    )
