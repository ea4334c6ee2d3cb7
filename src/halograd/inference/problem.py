"""A fit as a function: unbounded parameters in, whitened residuals out."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from halograd.errors import DataError
from halograd.inference.data_vector import DataVector
from halograd.inference.predictor import Predictor
from halograd.models.parameters import ParameterSpace


class FitProblem(eqx.Module):
    """Residuals r(u) = W (prediction - data), whitened so that χ² = |r|².

    Args:
        predictor: Model on a catalogue.
        data: Measurements of the same observables.
        space: Parameters, their bounds, and which are free.
    """

    predictor: Predictor
    values: np.ndarray
    whitener: np.ndarray
    space: ParameterSpace = eqx.field(static=True)

    def __init__(self, predictor: Predictor, data: DataVector, space: ParameterSpace) -> None:
        if data.observables.shapes != predictor.observables.shapes:
            raise DataError(
                f"the data hold n, wp and ΔΣ of shapes {data.observables.shapes}, the predictor "
                f"makes {predictor.observables.shapes}: build both from the same observables"
            )
        if not space.free:
            raise DataError("every parameter is fixed: free at least one to fit")
        self.predictor, self.space = predictor, space
        self.values, self.whitener = data.values, data.whitener

    def residuals(self, u: jax.Array) -> jax.Array:
        """Whitened residuals: (n_free,) -> (n_data,)."""
        vector = self.predictor(self.space.to_theta(u)).vector
        apart = vector - jnp.asarray(self.values, vector.dtype)
        return jnp.asarray(self.whitener, vector.dtype) @ apart

    def chi2(self, u: jax.Array) -> jax.Array:
        """χ² of the parameters."""
        return jnp.sum(self.residuals(u) ** 2)
