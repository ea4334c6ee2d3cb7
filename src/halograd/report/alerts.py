"""What a reader must know before believing a report."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy.stats import chi2 as chi2_distribution

from halograd.inference import FitResult, Sample, minima_sentences, touched_bounds
from halograd.models import ParameterSpace

_UNLIKELY = 1e-3
_APART = 1.25  # errors by second derivatives and by the Fisher matrix, one over the other


def fit_alerts(
    result: FitResult, space: ParameterSpace, ends: Sequence[FitResult] = ()
) -> list[str]:
    """What is wrong with a fit.

    One that did not converge, sits at a bound, at a saddle or in one of several minima, leaves
    directions open, has no Gaussian errors or does not fit.

    Args:
        result: The fit.
        space: Its bounds.
        ends: Every fit by the same method from another start, `result` or not.
    """
    alerts = minima_sentences(ends)
    if not result.converged:
        alerts.append(
            f"The fit did not converge: {result.reason}. Values and errors are those of the best "
            "step, not of a minimum."
        )
    touched = {n: b for n, b in touched_bounds(space, result.theta).items() if n in result.free}
    for name, bound in touched.items():
        alerts.append(
            f"Parameter {name} sits at its bound {bound:g}: its value is the bound's choice, and "
            "its error is not to be trusted."
        )
    open_ended = [name for name, error in result.errors.items() if not np.isfinite(error)]
    if open_ended:
        alerts.append(
            f"The data do not constrain {', '.join(open_ended)}: the errors are infinite. Fix "
            "such parameters, or add data that depend on them."
        )
    return alerts + _curvature(result) + fit_quality(result)


def catalog_alerts(summary: Mapping[str, Any]) -> list[str]:
    """Why the halos of a file may not be what it says, as the run found when it read them."""
    doubt = summary.get("abundance_doubt")
    return [doubt] * (doubt is not None) + list(summary.get("box_warnings", ()))


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


def fit_quality(result: FitResult) -> list[str]:
    """Whether χ² is what the errors of the data let expect, where it is not."""
    p = p_value(result)
    summary = f"χ² = {result.chi2:.1f} for {result.degrees_of_freedom} degrees of freedom"
    if p is None:
        return ["There are no more data than parameters: χ² says nothing about the model."]
    if p < _UNLIKELY:
        return [f"The model does not describe the data: {summary} (p = {p:.1g})."]
    if p > 1 - _UNLIKELY:
        return [f"The fit is too good: {summary}. The errors of the data may be overestimated."]
    return []


def plain_label(sample: Sample) -> str:
    """A sample in words for text without mathematics."""
    if np.isinf(sample.high):
        return f"log M* > {sample.low:g}"
    return f"{sample.low:g} < log M* < {sample.high:g}"


def _curvature(result: FitResult) -> list[str]:
    if result.curvature is None:
        return []
    if result.curvature.sentences:
        return result.curvature.sentences
    exact, fisher = result.curvature.errors, result.errors
    apart = [
        f"{name} {exact[name]:.2g} instead of {fisher[name]:.2g}"
        for name in result.free
        if not 1 / _APART < exact[name] / fisher[name] < _APART
    ]
    if not apart:
        return []
    return [
        f"Second derivatives of χ² give other errors than the Fisher matrix: "
        f"{', '.join(apart)}. The errors are not Gaussian; sample the posterior."
    ]
