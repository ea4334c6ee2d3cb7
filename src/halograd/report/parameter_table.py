"""The parameters of a report as rows of text."""

from typing import NamedTuple

import numpy as np

from halograd.inference import FitResult
from halograd.models import Parameter
from halograd.models.parameters import Theta


class ParameterRow(NamedTuple):
    """One parameter.

    Attributes:
        name: As in the configuration.
        unit: Empty where dimensionless.
        value: With its error, or with why it has none.
        truth: Empty where not given.
        pull: (value - truth) / error, empty where either is missing.
        is_far: Whether the pull exceeds 3.
    """

    name: str
    unit: str
    value: str
    truth: str = ""
    pull: str = ""
    is_far: bool = False


def fit_rows(
    result: FitResult, parameters: tuple[Parameter, ...], truth: Theta | None = None
) -> list[ParameterRow]:
    """Best values with errors, and with the truth where it is known."""
    return [_fit_row(result, p, truth or {}) for p in parameters]


def model_rows(theta: Theta, parameters: tuple[Parameter, ...]) -> list[ParameterRow]:
    """Values without errors."""
    return [ParameterRow(p.name, p.unit, f"{float(theta[p.name]):.6g}") for p in parameters]


def with_error(value: float, error: float) -> str:
    """`value ± error` to two digits of the error; says so where the data give none."""
    if not np.isfinite(error):
        return f"{value:.6g} (unconstrained)"
    if error <= 0:
        return f"{value:.6g} ± {error:.2g}"
    decimals = 1 - int(np.floor(np.log10(error)))
    if decimals > 8 or decimals < -3:
        return f"{value:.6g} ± {error:.2g}"
    decimals = max(decimals, 0)
    return f"{value:.{decimals}f} ± {error:.{decimals}f}"


def with_interval(draws: np.ndarray) -> str:
    """The median with the distances to the 16 % and 84 % quantiles: `1.23 +0.04 −0.05`."""
    low, middle, high = np.quantile(draws, [0.16, 0.5, 0.84])
    smallest = min(high - middle, middle - low)
    decimals = 1 - int(np.floor(np.log10(smallest))) if smallest > 0 else 6
    decimals = int(np.clip(decimals, 0, 8))
    return f"{middle:.{decimals}f} +{high - middle:.{decimals}f} −{middle - low:.{decimals}f}"


def _fit_row(result: FitResult, p: Parameter, truth: Theta) -> ParameterRow:
    value = result.theta[p.name]
    is_free = p.name in result.free
    error = result.errors[p.name] if is_free else np.nan
    why = f"tied to {p.tied}" if p.tied else "fixed"
    shown = with_error(value, error) if is_free else f"{value:.6g} ({why})"
    if p.name not in truth:
        return ParameterRow(p.name, p.unit, shown)
    true = float(truth[p.name])
    if not (np.isfinite(error) and error > 0):
        return ParameterRow(p.name, p.unit, shown, f"{true:.6g}")
    pull = (value - true) / error
    return ParameterRow(
        p.name, p.unit, shown, f"{true:.6g}", f"{pull:+.2f}".replace("-", "−"), abs(pull) > 3
    )
