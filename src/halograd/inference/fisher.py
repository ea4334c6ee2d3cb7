"""Fisher information of a data vector about the parameters, from the exact Jacobian."""

from collections.abc import Sequence

import numpy as np

from halograd.inference.directions import Direction, scaled_directions
from halograd.models.parameters import ParameterSpace, Theta
from halograd.predict.data_vector import DataVector
from halograd.predict.predictor import Predictor

UNKNOWN = 1e-7
"""Smaller eigenvalues of a Fisher matrix of unit diagonal are rounding of float32 derivatives."""


def fisher_matrix(
    predictor: Predictor, data: DataVector, theta: Theta, space: ParameterSpace
) -> np.ndarray:
    """F = J^T C^-1 J for the free parameters, J = d prediction / d θ; of the data alone.

    Args:
        predictor: Model on a catalogue.
        data: For its covariance C; the values play no role.
        theta: Where J is taken.
        space: Says which parameters are free, and their order.

    Returns:
        (n_free, n_free).
    """
    _, jacobian = predictor.value_and_jacobian(space.complete(theta))
    whitened = data.whitener_for(len(space.free)) @ space.free_columns(jacobian)
    return whitened.T @ whitened


def unknown_directions(fisher: np.ndarray, names: Sequence[str]) -> list[Direction]:
    """Directions along which the data say nothing, in the error of each parameter by itself."""
    directions = scaled_directions(fisher, np.sqrt(np.diag(fisher)), names)
    return [direction for direction in directions if direction.eigenvalue <= UNKNOWN]


def parameter_covariance(fisher: np.ndarray) -> np.ndarray:
    """Inverse of the Fisher matrix, inf along directions the data say nothing about.

    Scaled to unit diagonal first, since parameters may have very different sizes.
    """
    scale = np.sqrt(np.where(np.diag(fisher) > 0, np.diag(fisher), 1.0))
    values, vectors = np.linalg.eigh(fisher / np.outer(scale, scale))
    known = values > UNKNOWN
    inverse = (vectors[:, known] / values[known]) @ vectors[:, known].T
    touched = (np.abs(vectors[:, ~known]) > 1e-3).any(axis=1)
    inverse[touched, touched] = np.inf
    return inverse / np.outer(scale, scale)
