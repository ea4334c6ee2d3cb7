"""A fit as a function: unbounded parameters in, whitened residuals and their slopes out."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from halograd.errors import DataError
from halograd.inference.data_vector import DataVector
from halograd.inference.fisher import free_columns
from halograd.inference.predictor import Predictor
from halograd.models.parameters import ParameterSpace


class Evaluation(NamedTuple):
    """A model confronted with the data.

    Attributes:
        u: (n_free,), unbounded parameters.
        theta: All parameters by name.
        vector: (n_data,), the prediction.
        residuals: (n_data,), W (prediction - data), so that χ² = |residuals|².
        theta_jacobian: (n_data, n_free), d residuals / dθ.
        slopes: (n_free,), dθ/du of the free parameters, 0 where rounding puts one at a bound.
    """

    u: np.ndarray
    theta: dict[str, float]
    vector: np.ndarray
    residuals: np.ndarray
    theta_jacobian: np.ndarray
    slopes: np.ndarray

    @property
    def chi2(self) -> float:
        """χ² = (d - m)^T C^-1 (d - m)."""
        return float(self.residuals @ self.residuals)

    @property
    def jacobian(self) -> np.ndarray:
        """Derivative of the residuals in u. (n_data, n_free)"""
        return self.theta_jacobian * self.slopes

    @property
    def fisher(self) -> np.ndarray:
        """Fisher matrix of the free parameters. (n_free, n_free)"""
        return self.theta_jacobian.T @ self.theta_jacobian

    @property
    def distance_to_minimum(self) -> float:
        """How far the minimum is expected to be, in standard errors.

        sqrt(g^T F^-1 g) with g = J^T r: exact for a linear model.
        """
        step = np.linalg.lstsq(self.jacobian, self.residuals, rcond=1e-6)[0]
        return float(np.linalg.norm(self.jacobian @ step))


class FitProblem:
    """χ² and its derivatives for one model, one data vector and one choice of free parameters.

    Args:
        predictor: Model on a catalogue.
        data: Measurements of the same observables.
        space: Parameters, their bounds, and which are free.
    """

    def __init__(self, predictor: Predictor, data: DataVector, space: ParameterSpace) -> None:
        if data.observables.shapes != predictor.observables.shapes:
            raise DataError(
                f"the data hold n, wp and ΔΣ of shapes {data.observables.shapes}, the predictor "
                f"makes {predictor.observables.shapes}: build both from the same observables"
            )
        if not space.free:
            raise DataError("every parameter is fixed: free at least one to fit")
        self.predictor, self.space = predictor, space
        self._values, self._whitener = data.values, data.whitener
        self._theta_and_slopes = jax.jit(
            lambda u: jax.jvp(space.to_theta, (u,), (jnp.ones_like(u),))
        )

    def evaluate(self, u: np.ndarray) -> Evaluation:
        """Residuals and their Jacobian, in one pass over the pairs."""
        u = np.asarray(u, np.float64)
        theta, slopes = self._theta_and_slopes(u)
        theta = {name: float(value) for name, value in theta.items()}
        vector, jacobian = self.predictor.value_and_jacobian(theta)
        vector = np.asarray(vector, np.float64)
        return Evaluation(
            u,
            theta,
            vector,
            self._whitener @ (vector - self._values),
            self._whitener @ free_columns(jacobian, self.space),
            np.array([float(slopes[p.name]) for p in self.space.free]),
        )
