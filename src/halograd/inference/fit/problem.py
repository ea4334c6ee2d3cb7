"""A fit as a function: unbounded parameters in, whitened residuals and their slopes out."""

from collections.abc import Mapping
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from scipy.optimize import lsq_linear

from halograd.models.parameters import ParameterSpace
from halograd.predict.data_vector import DataVector
from halograd.predict.predictor import Predictor

_NOTHING = 1e-6  # of the largest singular value, all columns of unit length: rounding


class Evaluation(NamedTuple):
    """A model confronted with the data and the priors.

    Attributes:
        u: (n_free,), unbounded parameters.
        theta: All parameters by name.
        vector: (n_data,), prediction.
        residuals: (n_data + n_normal,), W (prediction - data), then (θ - mean) / sd of each
            parameter with a normal prior, so that `chi2` = |residuals|².
        theta_jacobian: (n_data + n_normal, n_free), d residuals / dθ.
        slopes: (n_free,), dθ/du of the free parameters, 0 where rounding puts one at a bound.
        data_chi2: (d - m)^T C^-1 (d - m) with the unbiased inverse, for the goodness of fit.
        room: (n_free, 2), the lowest and the highest step in θ that stays within the bounds.
    """

    u: np.ndarray
    theta: dict[str, float]
    vector: np.ndarray
    residuals: np.ndarray
    theta_jacobian: np.ndarray
    slopes: np.ndarray
    data_chi2: float
    room: np.ndarray

    @property
    def chi2(self) -> float:
        """What a fit minimises: -2 ln of likelihood times prior density in θ, up to a constant."""
        return float(self.residuals @ self.residuals)

    @property
    def prior_chi2(self) -> float:
        """Σ ((θ - mean) / sd)² over parameters with a normal prior."""
        prior = self.residuals[len(self.vector) :]
        return float(prior @ prior)

    @property
    def jacobian(self) -> np.ndarray:
        """Derivative of the residuals in u. (n_data + n_normal, n_free)"""
        return self.theta_jacobian * self.slopes

    @property
    def fisher(self) -> np.ndarray:
        """Fisher matrix of the free parameters, normal priors included. (n_free, n_free)"""
        return self.theta_jacobian.T @ self.theta_jacobian

    @property
    def step_to_minimum(self) -> np.ndarray:
        """Step in θ to the minimum within the bounds, exact for a linear model. (n_free,)"""
        return constrained_step(self.residuals, self.theta_jacobian, *self.room.T)

    @property
    def distance_to_minimum(self) -> float:
        """Square root of the fall of χ² expected along `step_to_minimum`.

        Inside the bounds it is the length of that step in standard errors, sqrt(δ^T F δ). At a
        bound it is 0 only where χ² falls outwards; inf where no number answers to any parameter,
        as for samples without galaxies.
        """
        if not self.theta_jacobian.any():
            return float("inf")
        moved = self.theta_jacobian @ self.step_to_minimum
        return float(np.sqrt(max(-moved @ (2 * self.residuals + moved), 0.0)))

    @property
    def distance_in_u(self) -> float:
        """Distance to the minimum that steps in u can reach: a parameter at a bound, where u is
        flat, stays.
        """
        step = np.linalg.lstsq(self.jacobian, self.residuals, rcond=1e-6)[0]
        return float(np.linalg.norm(self.jacobian @ step))


class FitProblem:
    """χ² and its derivatives for one model, one data vector and one choice of free parameters.

    Normal priors are data of their own: their residuals follow those of the measurements.
    Uniform priors are the bounds. The minimum is the most probable θ, not the mode in u.

    Args:
        predictor: Model on a catalogue.
        data: Measurements of the same observables.
        space: Parameters, their bounds and priors, and which are free.

    Raises:
        HalogradError: For data and predictor of different observables, or no free parameter.
    """

    def __init__(self, predictor: Predictor, data: DataVector, space: ParameterSpace) -> None:
        data.check_matches(predictor.observables)
        space.check_free()
        self.predictor, self.data, self.space = predictor, data, space
        self._whitener = data.whitener_for(len(space.free))
        self._goodness_whitener = data.whitener
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
        apart, columns = vector - self.data.values, self.space.free_columns(jacobian)
        return Evaluation(
            u,
            theta,
            vector,
            np.concatenate([self._whitener @ apart, self.space.prior_residuals(theta)]),
            np.concatenate([self._whitener @ columns, self.space.prior_rows]),
            np.array([float(slopes[p.name]) for p in self.space.free]),
            float(np.sum((self._goodness_whitener @ apart) ** 2)),
            self._room(theta, slopes),
        )

    def _room(self, theta: Mapping[str, float], slopes: Mapping[str, float]) -> np.ndarray:
        """Steps to both bounds, 0 to one that rounding has put a parameter at. (n_free, 2)"""
        room = np.array([(p.low - theta[p.name], p.high - theta[p.name]) for p in self.space.free])
        at_bound = np.array([float(slopes[p.name]) == 0 for p in self.space.free])
        nearer = np.abs(room).argmin(axis=1)
        room[at_bound, nearer[at_bound]] = 0.0
        return room


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
