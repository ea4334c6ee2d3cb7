"""The posterior of the free parameters in coordinates without bounds, and what it predicts."""

from collections.abc import Callable
from dataclasses import dataclass

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike

from halograd._precision import thread_map
from halograd.inference.chains import Chains
from halograd.models.parameters import ParameterSpace
from halograd.predict.data_vector import DataVector
from halograd.predict.observables import Observables
from halograd.predict.prediction import Prediction
from halograd.predict.predictor import Predictor

LogDensity = Callable[[jax.Array], jax.Array]
"""Log of a density in unbounded parameters u, up to a constant: (n_free,) -> ()."""


class Posterior(eqx.Module):
    r"""ln of likelihood times prior, as a pure function of unbounded parameters,

    $$ \ln p(u) = -\tfrac12 \chi^2(\theta(u)) + \ln \pi(u), \qquad
       \chi^2 = (d - m)^T C^{-1} (d - m), $$

    with the prior π(u) of `ParameterSpace.log_prior`, Jacobian included, and up to a constant:
    that of the likelihood is left out. A covariance estimated from realisations enters with the
    factor of `DataVector.whitener_for`. Where the prediction is not finite the density is 0.

    A pytree of the arrays of the predictor and of the data. Pass it to compiled functions as an
    argument (`equinox.filter_jit`) rather than closing over it, so that large arrays do not
    become constants of the program, and one program serves data vectors of the same layout.

    Args:
        predictor: Model on a catalogue, direct or tabulated.
        data: Measurements of the same observables.
        space: Parameters with bounds, priors and ties; those of the model where None.

    Raises:
        HalogradError: For data and predictor of different observables, or no free parameter.
    """

    predictor: Predictor
    values: np.ndarray
    whitener: np.ndarray
    space: ParameterSpace = eqx.field(static=True)

    def __init__(
        self, predictor: Predictor, data: DataVector, space: ParameterSpace | None = None
    ) -> None:
        self.predictor, self.space = predictor, space or predictor.model.space
        data.check_matches(predictor.observables)
        self.space.check_free()
        self.values, self.whitener = data.values, data.whitener_for(len(self.space.free))

    def __call__(self, u: ArrayLike) -> jax.Array:
        """Log of the posterior density in u, up to a constant: (n_free,) -> ()."""
        return _log_density(self, jnp.asarray(u))

    def value_and_gradient(self, u: ArrayLike) -> tuple[jax.Array, jax.Array]:
        """The log density and its gradient, compiled: (n_free,) -> (), (n_free,)."""
        return _value_and_gradient(self, jnp.asarray(u))

    def log_likelihood(self, u: ArrayLike) -> jax.Array:
        """-χ²/2, or -inf where the prediction is not finite: (n_free,) -> ()."""
        vector = self.predictor(self.theta(u)).vector
        apart = vector - self.values
        whitened = jnp.matmul(self.whitener, apart, precision=jax.lax.Precision.HIGHEST)
        value = -0.5 * jnp.sum(whitened**2)
        return jnp.where(jnp.isnan(value), -jnp.inf, value)

    def log_prior(self, u: ArrayLike) -> jax.Array:
        """Log of the prior density in u, Jacobian included: (n_free,) -> ()."""
        return self.space.log_prior(jnp.asarray(u))

    def theta(self, u: ArrayLike) -> dict[str, ArrayLike]:
        """Every parameter by name: free, tied and fixed."""
        return self.space.to_theta(jnp.asarray(u))


@eqx.filter_jit
def _log_density(posterior: Posterior, u: jax.Array) -> jax.Array:
    return posterior.log_likelihood(u) + posterior.log_prior(u)


@eqx.filter_jit
def _value_and_gradient(posterior: Posterior, u: jax.Array) -> tuple[jax.Array, jax.Array]:
    return jax.value_and_grad(lambda at: _log_density(posterior, at))(u)


def expected_information(posterior: Posterior, u: np.ndarray) -> np.ndarray:
    r"""Fisher matrix of the data in u, plus the curvature of the prior,

    $$ F = J^T C^{-1} J - \partial^2 \ln \pi(u) / \partial u^2, \qquad J = \partial m/\partial u. $$

    Positive definite also where the exact Hessian is not, and made of the program that fits use.

    Args:
        posterior: The density of data and priors.
        u: (n_free,), where the derivatives are taken.

    Returns:
        (n_free, n_free).
    """
    u = jnp.asarray(u)
    theta, slopes = jax.jvp(posterior.theta, (u,), (jnp.ones_like(u),))
    _, jacobian = posterior.predictor.value_and_jacobian(theta)
    along = np.array([float(slopes[p.name]) for p in posterior.space.free])
    whitened = np.asarray(posterior.whitener) @ posterior.space.free_columns(jacobian) * along
    return whitened.T @ whitened + minus_hessian(posterior.log_prior, u)


def minus_hessian(log_density: LogDensity, u: ArrayLike) -> np.ndarray:
    """The curvature of a log density at u, exact. (n_free, n_free)"""
    return -np.asarray(_hessian(log_density, jnp.asarray(u)), np.float64)


@eqx.filter_jit
def _hessian(log_density: LogDensity, u: jax.Array) -> jax.Array:
    return jax.jacfwd(jax.grad(lambda at: log_density(at)))(u)


@dataclass(frozen=True, eq=False)
class Predictive:
    """Statistics at some draws of a posterior.

    Attributes:
        observables: Layout of the data vector.
        draws: (n,), which draws of each chain.
        model: (n_chain, n, n_data), the noiseless statistics.
        replicated: (n_chain, n, n_data), with noise of the data's covariance: data that the
            model would call as likely as those that were measured.
    """

    observables: Observables
    draws: np.ndarray
    model: np.ndarray
    replicated: np.ndarray

    def bands(self, quantiles: tuple[float, ...]) -> tuple[Prediction, ...]:
        """Quantiles of the noiseless statistics over all draws, number by number."""
        flat = self.model.reshape(-1, self.model.shape[-1])
        return tuple(
            self.observables.split(row).on_host() for row in np.quantile(flat, quantiles, axis=0)
        )


def predictive(posterior: Posterior, chains: Chains, *, n: int = 50, seed: int = 0) -> Predictive:
    """The posterior predictive distribution at `n` draws of each chain.

    Args:
        posterior: The density that was sampled.
        chains: Draws from it.
        n: Draws of each chain, at equal distances; all where there are fewer.
        seed: Seed of the noise.
    """
    numbers, u = chains.thinned(n)
    model = np.stack(thread_map(lambda i: _vectors(posterior, u[i]), len(u)))
    noise = np.random.default_rng([seed, 2]).standard_normal(model.shape)
    errors = np.linalg.solve(np.asarray(posterior.whitener, np.float64), noise[..., None])[..., 0]
    return Predictive(posterior.predictor.observables, numbers, model, model + errors)


def _vectors(posterior: Posterior, u: np.ndarray) -> np.ndarray:
    """Noiseless statistics at draws: (n, n_free) -> (n, n_data)."""
    return np.stack([np.asarray(_vector(posterior, jnp.asarray(at)), np.float64) for at in u])


@eqx.filter_jit
def _vector(posterior: Posterior, u: jax.Array) -> jax.Array:
    return posterior.predictor(posterior.theta(u)).vector
