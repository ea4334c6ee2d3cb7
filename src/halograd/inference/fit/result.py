"""The end of a fit: best parameters, errors, and in words how it got there."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from halograd.inference.fisher import degeneracies, parameter_covariance
from halograd.inference.fit.curvature import Curvature
from halograd.inference.fit.history import FitStep
from halograd.inference.fit.minimise import TOLERANCE
from halograd.inference.fit.problem import Evaluation, FitProblem
from halograd.models.parameters import Parameter, ParameterSpace, Theta
from halograd.predict.prediction import Prediction

Status = Literal["converged", "out of steps", "stalled", "interrupted"]
_CLOSE = 0.01  # of the interval between the bounds, or of one unit where only one is finite


@dataclass(frozen=True)
class FitResult:
    """The best fit, and how the fit ended.

    Attributes:
        theta: Best value of every parameter.
        free: Names of the fitted parameters, in the order of `covariance`.
        covariance: (n_free, n_free), inverse of the Fisher matrix at the best fit, priors included.
        chi2: χ² of the data at the best fit.
        n_data: Length of the data vector.
        prediction: Statistics at the best fit.
        converged: Whether the minimum within the bounds is expected within 0.05 of the errors.
        reason: Why it ended, in words.
        steps: Every evaluation in order; its χ² includes that of the priors.
        method: Name of the minimiser, one of `METHODS`.
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
        """Number of data minus number of fitted parameters."""
        return self.n_data - len(self.free)

    @property
    def minimised(self) -> float:
        """The lowest χ² of data and priors together, which is what the fit minimises."""
        return min(step.chi2 for step in self.steps)


def result_at(
    problem: FitProblem, best: Evaluation, status: Status, steps: list[FitStep], method: str
) -> FitResult:
    """The result of a fit that ended, with `status`, in the evaluation `best`."""
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
        at_bounds=parameters_at_bounds(space, best.theta),
    )


def _held(space: ParameterSpace, best: Evaluation) -> str:
    """Which bounds hold the fit, in words."""
    slope = best.theta_jacobian.T @ best.residuals
    touched = parameters_at_bounds(space, best.theta)
    held = [
        f"{p.name} at {touched[p.name]:g}"
        for p, g in zip(space.free, slope, strict=True)
        if p.name in touched and (g > 0 if touched[p.name] == p.low else g < 0)
    ]
    return f"; bounds hold {', '.join(held)}, beyond which χ² is lower" if held else ""


def _unknown(space: ParameterSpace, best: Evaluation) -> str:
    """Why errors are infinite, in words, where some are."""
    directions = degeneracies(best.fisher, [p.name for p in space.free])
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


def parameters_at_bounds(space: ParameterSpace, theta: Theta) -> dict[str, float]:
    """The bound that each free parameter sits at, for those that sit at one."""
    found = {p.name: _bound_at(p, float(theta[p.name])) for p in space.free}
    return {name: bound for name, bound in found.items() if bound is not None}


def _bound_at(p: Parameter, value: float) -> float | None:
    both = np.isfinite(p.low) and np.isfinite(p.high)
    near = _CLOSE * (p.high - p.low if both else 1.0)
    for bound in (p.low, p.high):
        if np.isfinite(bound) and abs(value - bound) <= near:
            return bound
    return None
