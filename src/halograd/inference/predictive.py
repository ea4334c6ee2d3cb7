"""What a posterior says about the statistics: predictions at its draws, and data like the data."""

from dataclasses import dataclass

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from halograd._precision import thread_map
from halograd.inference.chains import Chains
from halograd.inference.posterior import Posterior
from halograd.predict.observables import Observables
from halograd.predict.prediction import Prediction


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
