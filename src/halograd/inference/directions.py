"""Directions in the space of parameters, as the eigenvectors of a scaled matrix, in words."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

_SHARE = 0.1  # of a unit vector: smaller parts are left out of the words


class Direction(NamedTuple):
    """An eigenvector of D^-1/2 M D^-1/2, D the scale of each parameter.

    Attributes:
        eigenvalue: 1 for every direction where the scaled matrix is the unit matrix.
        parts: (n,), unit length, largest part positive; in the scaled parameters.
        names: (n,), of the parameters.
    """

    eigenvalue: float
    parts: np.ndarray
    names: tuple[str, ...]

    @property
    def words(self) -> str:
        """The parts that matter, largest first: "alpha +0.80, log_phi −0.60"."""
        order = np.argsort(-np.abs(self.parts))
        kept = [i for i in order if abs(self.parts[i]) > _SHARE]
        return ", ".join(f"{self.names[i]} {self.parts[i]:+.2f}" for i in kept).replace("-", "−")


def scaled_directions(
    matrix: np.ndarray, scale: np.ndarray, names: Sequence[str]
) -> Iterator[Direction]:
    """Eigenvectors of `matrix` after division of rows and columns by `scale`, smallest first.

    Args:
        matrix: (n, n), symmetric.
        scale: (n,), positive; 1 stands in for 0.
        names: (n,).
    """
    scale = np.where(scale > 0, scale, 1.0)
    values, vectors = np.linalg.eigh(matrix / np.outer(scale, scale))
    for value, vector in zip(values, vectors.T, strict=True):
        sign = np.sign(vector[np.argmax(np.abs(vector))])
        yield Direction(float(value), sign * vector, tuple(names))
