"""Errors of many problems in a few numbers."""

from collections.abc import Sequence
from typing import Any

import numpy as np

__all__ = ["gradient_scores", "misfit_scores"]

_PERCENTILES = {"median": 50, "p95": 95, "p99": 99, "max": 100}


def misfit_scores(error: np.ndarray) -> dict[str, Any] | None:
    """Root mean square, and percentiles of the worst error of each draw, dex. (n, n_m)

    Returns:
        None where there is no draw.
    """
    if len(error) == 0:
        return None
    worst = np.abs(error).max(axis=1)
    return {
        "draws": len(error),
        "rms_dex": float(np.sqrt(np.mean(error**2))),
        "worst_dex": {name: float(np.percentile(worst, q)) for name, q in _PERCENTILES.items()},
    }


def gradient_scores(error: np.ndarray, names: Sequence[str]) -> dict[str, float] | None:
    """Root mean squares over draws and masses of each parameter by name. (n, n_m, p)"""
    if len(error) == 0:
        return None
    rms = np.sqrt(np.mean(error**2, axis=(0, 1)))
    return {name: float(value) for name, value in zip(names, rms, strict=True)}
