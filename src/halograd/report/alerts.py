"""What a reader must know before believing a report."""

from collections.abc import Sequence

import numpy as np
from scipy.stats import chi2 as chi2_distribution

from halograd.inference import FitResult, Sample
from halograd.models import Parameter, ParameterSpace

_CLOSE = 0.01  # of the interval between the bounds
_UNLIKELY = 1e-3


def fit_alerts(result: FitResult, space: ParameterSpace) -> list[str]:
    """A fit that did not converge, sits at a bound, leaves directions open or does not fit."""
    alerts = []
    if not result.converged:
        alerts.append(
            f"The fit did not converge: {result.reason}. Values and errors are those of the best "
            "step, not of a minimum."
        )
    for p in space.parameters:
        bound = _touched_bound(p, result.theta[p.name]) if p.name in result.free else None
        if bound is not None:
            alerts.append(
                f"Parameter {p.name} sits at its bound {bound:g}: its value is the bound's choice, "
                "and its error is not to be trusted."
            )
    open_ended = [name for name, error in result.errors.items() if not np.isfinite(error)]
    if open_ended:
        alerts.append(
            f"The data do not constrain {', '.join(open_ended)}: the errors are infinite. Fix "
            "such parameters, or add data that depend on them."
        )
    return alerts + _fit_quality(result)


def empty_sample_alerts(empty: Sequence[Sample]) -> list[str]:
    """Samples whose clustering means nothing."""
    return [
        f"The sample {plain_label(sample)} holds no pair of halos at these parameters: its "
        "clustering is drawn as 0 and means nothing."
        for sample in empty
    ]


def p_value(result: FitResult) -> float | None:
    """Probability of a larger χ² if the model is right; None without degrees of freedom."""
    if result.degrees_of_freedom <= 0:
        return None
    return float(chi2_distribution.sf(result.chi2, result.degrees_of_freedom))


def plain_label(sample: Sample) -> str:
    """A sample in words for text without mathematics."""
    if np.isinf(sample.high):
        return f"log M* > {sample.low:g}"
    return f"{sample.low:g} < log M* < {sample.high:g}"


def _touched_bound(p: Parameter, value: float) -> float | None:
    both = np.isfinite(p.low) and np.isfinite(p.high)
    near = _CLOSE * (p.high - p.low if both else 1.0)
    for bound in (p.low, p.high):
        if np.isfinite(bound) and abs(value - bound) <= near:
            return bound
    return None


def _fit_quality(result: FitResult) -> list[str]:
    p = p_value(result)
    summary = f"χ² = {result.chi2:.1f} for {result.degrees_of_freedom} degrees of freedom"
    if p is None:
        return ["There are no more data than parameters: χ² says nothing about the model."]
    if p < _UNLIKELY:
        return [f"The model does not describe the data: {summary} (p = {p:.1g})."]
    if p > 1 - _UNLIKELY:
        return [f"The fit is too good: {summary}. The errors of the data may be overestimated."]
    return []
