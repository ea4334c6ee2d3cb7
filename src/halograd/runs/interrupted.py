"""A fit that ends early keeps what it has."""

from collections.abc import Callable, Mapping

from halograd.inference import (
    DataVector,
    FitResult,
    FitStep,
    Predictor,
    fisher_matrix,
    fit,
    parameter_covariance,
)
from halograd.models import ParameterSpace


def fit_until_stopped(
    predictor: Predictor,
    data: DataVector,
    *,
    start: Mapping[str, float],
    space: ParameterSpace,
    method: str,
    max_steps: int,
    on_step: Callable[[FitStep], None],
) -> tuple[FitResult, bool]:
    """As `inference.fit`, but a Ctrl-C ends it at its best step.

    Returns:
        The result, and whether the user interrupted it.

    Raises:
        KeyboardInterrupt: For a Ctrl-C before the first step.
    """
    steps: list[FitStep] = []

    def keep(step: FitStep) -> None:
        steps.append(step)
        on_step(step)

    options = {"start": start, "space": space, "method": method, "max_steps": max_steps}
    try:
        return fit(predictor, data, **options, on_step=keep), False
    except KeyboardInterrupt:
        if not steps:
            raise
    return _best_so_far(predictor, data, space, steps, method=method), True


def _best_so_far(
    predictor: Predictor,
    data: DataVector,
    space: ParameterSpace,
    steps: list[FitStep],
    *,
    method: str,
) -> FitResult:
    best = min(steps, key=lambda step: step.chi2)
    vector, _ = predictor.value_and_jacobian(best.theta)
    return FitResult(
        theta=dict(best.theta),
        free=tuple(p.name for p in space.free),
        covariance=parameter_covariance(fisher_matrix(predictor, data, best.theta, space)),
        chi2=best.chi2,
        n_data=data.observables.size,
        prediction=predictor.observables.split(vector),
        converged=False,
        reason=f"interrupted by the user after {len(steps)} steps",
        steps=steps,
        method=method,
    )
