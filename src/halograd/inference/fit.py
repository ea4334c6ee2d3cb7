"""Fit a model to data by gradients."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import jax
import numpy as np

from halograd.inference.data_vector import DataVector
from halograd.inference.fisher import fisher_matrix, parameter_covariance
from halograd.inference.history import FitStep
from halograd.inference.minimise import Iterate, minimise, unit_steps
from halograd.inference.observables import Prediction
from halograd.inference.predictor import Predictor
from halograd.inference.problem import FitProblem
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
        converged: Whether the method met its tolerance (a hundredth of the errors).
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
        on_step: Called with every step, for progress and for saving.

    Returns:
        The result; `converged` and `reason` tell how it ended, nothing is raised for a fit
        that did not converge.

    Raises:
        HalogradError: For data, names or bounds that do not fit together.
    """
    space = space or predictor.model.space
    problem = FitProblem(predictor, data, space)
    u = np.asarray(space.to_unbounded(start or {}))
    scale = unit_steps(_fisher_in_u(predictor, data, space, u))
    steps, began = [], time.perf_counter()
    best, last = None, None
    for number, last in enumerate(minimise(problem, u, scale, method=method, max_steps=max_steps)):
        step = FitStep(number, last.chi2, _floats(space, last.u), time.perf_counter() - began)
        steps.append(step)
        on_step(step)
        best = last if best is None or last.chi2 <= best.chi2 else best
    return _result(predictor, data, space, best, last, steps, method)


def _fisher_in_u(
    predictor: Predictor, data: DataVector, space: ParameterSpace, u: np.ndarray
) -> np.ndarray:
    slopes = jax.jacfwd(space.to_theta)(u)
    chain = np.stack([np.asarray(slopes[p.name]) for p in space.free])
    return chain.T @ fisher_matrix(predictor, data, space.to_theta(u), space) @ chain


def _floats(space: ParameterSpace, u: np.ndarray) -> dict[str, float]:
    return {name: float(value) for name, value in space.to_theta(u).items()}


def _result(
    predictor: Predictor,
    data: DataVector,
    space: ParameterSpace,
    best: Iterate,
    last: Iterate,
    steps: list[FitStep],
    method: str,
) -> FitResult:
    theta = _floats(space, best.u)
    vector, _ = predictor.value_and_jacobian(theta)
    if last.converged:
        reason = "steps fell below a hundredth of the errors"
    else:
        reason = f"stopped after {len(steps)} steps before steps fell below a hundredth of errors"
    return FitResult(
        theta=theta,
        free=tuple(p.name for p in space.free),
        covariance=parameter_covariance(fisher_matrix(predictor, data, theta, space)),
        chi2=best.chi2,
        n_data=data.observables.size,
        prediction=predictor.observables.split(vector),
        converged=last.converged,
        reason=reason,
        steps=steps,
        method=method,
    )
