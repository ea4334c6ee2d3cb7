"""The step to the minimum of a linear model within bounds."""

import numpy as np
from scipy.optimize import lsq_linear

_NOTHING = 1e-6  # of the largest singular value, all columns of unit length: rounding


def constrained_step(
    residuals: np.ndarray, jacobian: np.ndarray, low: np.ndarray, high: np.ndarray
) -> np.ndarray:
    r"""The step δ within bounds that minimises |r + J δ|², (n,).

    At the minimum within the bounds δ = 0 and the conditions of Karush, Kuhn and Tucker hold: no
    slope along parameters inside, a slope that points outwards along those at a bound.

    Args:
        residuals: (n_data,), r.
        jacobian: (n_data, n), J; directions that it hardly answers to are left alone.
        low: (n,), the lowest δ, 0 or less.
        high: (n,), the highest δ, 0 or more.
    """
    scale = np.linalg.norm(jacobian, axis=0)
    scale = np.where(scale > 0, scale, 1.0)
    left, values, right = np.linalg.svd(jacobian / scale, full_matrices=False)
    known = values > _NOTHING * values[0]
    if not known.any():
        return np.zeros_like(scale)
    reduced = values[known, None] * right[known]
    limits = low * scale, high * scale
    found = lsq_linear(
        reduced, -left[:, known].T @ residuals, limits, method="bvls", max_iter=20 * len(scale)
    )
    return found.x / scale
