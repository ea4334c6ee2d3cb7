"""Fit a model to data by gradients."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from halograd.errors import ConfigError
from halograd.inference.data_vector import DataVector
from halograd.inference.fisher import parameter_covariance
from halograd.inference.history import FitStep
from halograd.inference.minimise import METHODS, TOLERANCE, Minimiser
from halograd.inference.observables import Prediction
from halograd.inference.predictor import Predictor
from halograd.inference.problem import Evaluation, FitProblem
from halograd.models.parameters import ParameterSpace, Theta


@dataclass(frozen=True)
class FitResult:
    """The end of a fit.

    Attributes:
        theta: Best value of every parameter.
        free: Names of the fitted ones, in the order of `covariance`.
        covariance: (n_free, n_free), inverse Fisher matrix at the best fit.
        chi2: At the best fit.
        n_data: Numbers in the data vector.
        prediction: Statistics at the best fit.
        converged: Whether the minimum is expected within 0.05 of the errors.
        reason: Why it ended, in words.
        steps: The history.
        method: Name of the method.
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

    @property
    def errors(self) -> dict[str, float]:
        """Marginal standard error of each fitted parameter."""
        return dict(zip(self.free, np.sqrt(np.diag(self.covariance)).tolist(), strict=True))

    @property
    def degrees_of_freedom(self) -> int:
        """Numbers fitted minus parameters."""
        return self.n_data - len(self.free)


def fit(
    predictor: Predictor,
    data: DataVector,
    *,
    start: Theta | None = None,
    space: ParameterSpace | None = None,
    method: str = "levenberg-marquardt",
    max_steps: int = 100,
    on_step: Callable[[FitStep], None] = lambda step: None,
) -> FitResult:
    """Minimise χ² = (d - m)^T C^-1 (d - m) with exact derivatives.

    Args:
        predictor: Model on a catalogue.
        data: Measurements with covariance.
        start: Where to begin, by name; the defaults of the space otherwise.
        space: Bounds and free parameters; those of the model otherwise.
        method: "levenberg-marquardt", "bfgs" or "adam".
        max_steps: Evaluations of χ² with derivatives, at most.
        on_step: Called with every evaluation as it is made, for progress and for saving.

    Returns:
        The result; `converged` and `reason` tell how it ended, nothing is raised for a fit
        that did not converge.

    Raises:
        HalogradError: For data, names or bounds that do not fit together.
    """
    if method not in METHODS:
        raise ConfigError(f"unknown method {method!r}: choose one of {', '.join(METHODS)}")
    space = (space or predictor.model.space).at(start or {})
    problem = FitProblem(predictor, data, space)
    steps, began = [], time.perf_counter()

    def record(evaluation: Evaluation) -> None:
        seconds = time.perf_counter() - began
        steps.append(FitStep(len(steps), evaluation.chi2, evaluation.theta, seconds))
        on_step(steps[-1])

    minimiser = Minimiser(problem, np.asarray(space.to_unbounded({})), max_steps, record)
    minimiser.run(method)
    return _result(problem, minimiser, steps, method)


def _result(
    problem: FitProblem, minimiser: Minimiser, steps: list[FitStep], method: str
) -> FitResult:
    best = minimiser.best
    return FitResult(
        theta={name: best.theta[name] for name in problem.space.names},
        free=tuple(p.name for p in problem.space.free),
        covariance=parameter_covariance(best.fisher),
        chi2=best.chi2,
        n_data=len(best.residuals),
        prediction=problem.predictor.observables.split(best.vector),
        converged=minimiser.converged,
        reason=f"after {len(steps)} steps the minimum is expected within "
        f"{best.distance_to_minimum:.2g} standard errors, where the tolerance is {TOLERANCE}",
        steps=steps,
        method=method,
    )
