"""Positions in a periodic box."""

import numpy as np


def wrap(points: np.ndarray, boxsize: float) -> np.ndarray:
    """`points` moved by whole box lengths into [0, boxsize)."""
    inside = np.mod(points, boxsize)
    # np.mod rounds a tiny negative number up to the boxsize itself.
    inside[inside >= boxsize] = 0
    return inside
