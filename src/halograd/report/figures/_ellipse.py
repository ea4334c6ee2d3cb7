"""Ellipses of equal probability of a Gaussian in two dimensions."""

import numpy as np

LEVELS = (2.296, 6.180)
"""Δχ² that hold 68.3 % and 95.4 %."""


def ellipse(covariance: np.ndarray, level: float) -> np.ndarray:
    """The ellipse of Δχ² = `level` around 0: (2, 2) -> (2, 200)."""
    values, vectors = np.linalg.eigh(covariance)
    angle = np.linspace(0, 2 * np.pi, 200)
    axes = np.sqrt(np.maximum(values, 0) * level)
    return vectors @ (axes[:, None] * [np.cos(angle), np.sin(angle)])
