"""Where a fit begins."""

from collections.abc import Mapping

import numpy as np

from halograd.config import FitSection
from halograd.inference import DataVector, Predictor, fisher_matrix, parameter_covariance
from halograd.models import Parameter, ParameterSpace

_MARGIN = 0.02  # of the width between the bounds, kept free at either end


def starting_point(
    section: FitSection,
    predictor: Predictor,
    data: DataVector,
    space: ParameterSpace,
    truth: Mapping[str, float] | None,
) -> dict[str, float]:
    """Every parameter at the start: as configured, or `start_sigma` errors from the truth."""
    if section.start_sigma is None:
        return {name: float(value) for name, value in space.complete(section.start).items()}
    errors = np.sqrt(np.diag(parameter_covariance(fisher_matrix(predictor, data, truth, space))))
    moved = {
        p.name: inside(p, truth[p.name] + (-1) ** i * section.start_sigma * error)
        for i, (p, error) in enumerate(zip(space.free, errors, strict=True))
    }
    return {**truth, **moved}


def inside(parameter: Parameter, value: float) -> float:
    """The value, or a little inside the bound it lies at or beyond.

    A bound lies infinitely far away in unbounded coordinates.
    """
    width = parameter.high - parameter.low
    margin = _MARGIN * width if np.isfinite(width) else 1e-3
    return float(np.clip(value, parameter.low + margin, parameter.high - margin))
