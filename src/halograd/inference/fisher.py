"""Fisher information of a data vector about the parameters, and the errors it forecasts."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from halograd.models.parameters import ParameterSpace, Theta
from halograd.predict.data_vector import DataVector
from halograd.predict.predictor import Predictor

UNCONSTRAINED = 1e-7
"""Smaller eigenvalues of a Fisher matrix of unit diagonal are rounding of float32 derivatives."""

_SMALLEST_PART = 0.1  # of a unit vector: smaller parts are left out of the words
_DEGENERATE = 0.01  # eigenvalue of the scaled matrix: ten times less well known than alone


class Direction(NamedTuple):
    """An eigenvector of D^-1/2 M D^-1/2, D the scale of each parameter.

    Attributes:
        eigenvalue: 1 for every direction where the scaled matrix is the unit matrix.
        parts: (n,), unit length, largest part positive; in the scaled parameters.
        names: (n,), names of the parameters.
    """

    eigenvalue: float
    parts: np.ndarray
    names: tuple[str, ...]

    @property
    def words(self) -> str:
        """The parts that matter, largest first: "alpha +0.80, log_phi −0.60"."""
        order = np.argsort(-np.abs(self.parts))
        kept = [i for i in order if abs(self.parts[i]) > _SMALLEST_PART]
        return ", ".join(f"{self.names[i]} {self.parts[i]:+.2f}" for i in kept).replace("-", "−")


def scaled_eigenvectors(
    matrix: np.ndarray, scale: np.ndarray, names: Sequence[str]
) -> Iterator[Direction]:
    """Eigenvectors of `matrix` after division of rows and columns by `scale`, smallest first.

    Args:
        matrix: (n, n), symmetric.
        scale: (n,), positive; 1 stands in for 0.
        names: (n,), names of the parameters.
    """
    scale = np.where(scale > 0, scale, 1.0)
    values, vectors = np.linalg.eigh(matrix / np.outer(scale, scale))
    for value, vector in zip(values, vectors.T, strict=True):
        sign = np.sign(vector[np.argmax(np.abs(vector))])
        yield Direction(float(value), sign * vector, tuple(names))


def fisher_matrix(
    predictor: Predictor, data: DataVector, theta: Theta, space: ParameterSpace
) -> np.ndarray:
    """Fisher matrix of the data alone, F = J^T C^-1 J with J = d prediction / d θ_free.

    Args:
        predictor: Model on a catalogue.
        data: Measurements of which only the covariance C plays a role.
        theta: Point at which J is taken, by name.
        space: Says which parameters are free, and their order.

    Returns:
        F, (n_free, n_free).
    """
    _, jacobian = predictor.value_and_jacobian(space.complete(theta))
    whitened = data.whitener_for(len(space.free)) @ space.free_columns(jacobian)
    return whitened.T @ whitened


def degeneracies(fisher: np.ndarray, names: Sequence[str]) -> list[Direction]:
    """Degenerate directions, along which the data say nothing; smallest eigenvalue first.

    Args:
        fisher: (n, n), Fisher matrix.
        names: (n,), names of the parameters.
    """
    directions = scaled_eigenvectors(fisher, np.sqrt(np.diag(fisher)), names)
    return [direction for direction in directions if direction.eigenvalue <= UNCONSTRAINED]


def parameter_covariance(fisher: np.ndarray) -> np.ndarray:
    """Inverse of the Fisher matrix, inf along directions the data say nothing about.

    Scaled to unit diagonal first, since parameters may have very different sizes.
    """
    scale = np.sqrt(np.where(np.diag(fisher) > 0, np.diag(fisher), 1.0))
    values, vectors = np.linalg.eigh(fisher / np.outer(scale, scale))
    known = values > UNCONSTRAINED
    inverse = (vectors[:, known] / values[known]) @ vectors[:, known].T
    touched = (np.abs(vectors[:, ~known]) > 1e-3).any(axis=1)
    inverse[touched, touched] = np.inf
    return inverse / np.outer(scale, scale)


@dataclass(frozen=True, eq=False)
class Forecast:
    """Fisher forecast: Gaussian errors of the parameters from a subset of the data.

    Attributes:
        name: Name of the choice.
        free: Names of the parameters.
        fisher: (n_free, n_free), priors included where they were asked for.
        n_data: Number of data in the choice.
    """

    name: str
    free: tuple[str, ...]
    fisher: np.ndarray
    n_data: int

    @property
    def covariance(self) -> np.ndarray:
        """Inverse of the Fisher matrix, inf on the diagonal where unconstrained. (n, n)"""
        return parameter_covariance(self.fisher)

    @property
    def errors(self) -> dict[str, float]:
        """Marginal standard error of each parameter; inf where unconstrained."""
        return dict(zip(self.free, np.sqrt(np.diag(self.covariance)).tolist(), strict=True))

    @property
    def correlation(self) -> np.ndarray:
        """Correlation matrix of the errors; NaN where a parameter is unconstrained. (n, n)"""
        covariance = self.covariance
        errors = np.sqrt(np.diag(covariance))
        found = np.full_like(covariance, np.nan)
        known = np.isfinite(errors)
        block = np.ix_(known, known)
        found[block] = covariance[block] / np.outer(errors[known], errors[known])
        return found

    @property
    def log10_figure_of_merit(self) -> float:
        """log10 of (det F)^1/2, the inverse volume of the error ellipsoid; -inf for none.

        For two parameters the figure of merit of Albrecht et al. 2006 (astro-ph/0609591), up to a
        constant.
        """
        if self.unconstrained:
            return -np.inf
        sign, log_det = np.linalg.slogdet(self.fisher)
        return float(log_det / (2 * np.log(10))) if sign > 0 else -np.inf

    @property
    def unconstrained(self) -> tuple[Direction, ...]:
        """Directions in which the data say nothing about the parameters."""
        return tuple(d for d in self._directions if d.eigenvalue <= UNCONSTRAINED)

    @property
    def degenerate(self) -> tuple[Direction, ...]:
        """Directions ten or more times less well known than the parameters one by one."""
        return tuple(d for d in self._directions if UNCONSTRAINED < d.eigenvalue < _DEGENERATE)

    @property
    def sentences(self) -> list[str]:
        """Combinations of parameters that the data constrain badly or not at all, in words."""
        return [f"{self.name}: nothing is known along ({d.words})." for d in self.unconstrained] + [
            f"{self.name}: the parameters are degenerate along ({d.words}), "
            f"{d.eigenvalue**-0.5:.0f} times less well known than each alone."
            for d in self.degenerate
        ]

    @property
    def _directions(self) -> list[Direction]:
        scale = np.sqrt(np.maximum(np.diag(self.fisher), 0))
        return list(scaled_eigenvectors(self.fisher, scale, self.free))
