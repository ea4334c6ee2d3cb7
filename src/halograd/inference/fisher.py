"""Fisher information of a data vector about the parameters, from the exact Jacobian."""

from collections.abc import Mapping

import numpy as np
from jax.typing import ArrayLike

from halograd.inference.data_vector import DataVector
from halograd.inference.predictor import Predictor
from halograd.models.parameters import ParameterSpace, Theta


def fisher_matrix(
    predictor: Predictor, data: DataVector, theta: Theta, space: ParameterSpace
) -> np.ndarray:
    """F = J^T C^-1 J for the free parameters, J = d prediction / d θ.

    Args:
        predictor: Model on a catalogue.
        data: For its covariance C; the values play no role.
        theta: Where J is taken.
        space: Says which parameters are free, and their order.

    Returns:
        (n_free, n_free).
    """
    _, jacobian = predictor.value_and_jacobian(space.complete(theta))
    whitened = data.whitener @ free_columns(jacobian, space)
    return whitened.T @ whitened


def free_columns(jacobian: Mapping[str, ArrayLike], space: ParameterSpace) -> np.ndarray:
    """The derivatives in the free parameters side by side, in float64. (n_data, n_free)"""
    return np.stack([np.asarray(jacobian[p.name], np.float64) for p in space.free], axis=1)


def parameter_covariance(fisher: np.ndarray) -> np.ndarray:
    """Inverse of the Fisher matrix, inf along directions the data say nothing about.

    Scaled to unit diagonal first, since parameters may have very different sizes.
    """
    scale = np.sqrt(np.where(np.diag(fisher) > 0, np.diag(fisher), 1.0))
    values, vectors = np.linalg.eigh(fisher / np.outer(scale, scale))
    known = values > 1e-7  # the Jacobian is float32: below this, an eigenvalue is rounding
    inverse = (vectors[:, known] / values[known]) @ vectors[:, known].T
    touched = (np.abs(vectors[:, ~known]) > 1e-3).any(axis=1)
    inverse[touched, touched] = np.inf
    return inverse / np.outer(scale, scale)
