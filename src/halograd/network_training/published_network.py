"""The published network of arXiv:2112.08423, from the weights in the package `shamnet`.

    pip install --no-deps shamnet

The package itself needs a JAX of 2021; its weights are read without importing it.
"""

import importlib.util
from pathlib import Path
from typing import Self

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from halograd.network_training.draws import Draws

__all__ = ["PublishedNetwork", "PublishedRelation"]

_WEIGHTS = Path("data") / "shamnet_64_32_8_4.31.h5"
_N_LAYER, _LEAST, _MOST, _STEEPNESS = 6, -5.0, 25.0, 0.1
_TRAINED = (10.0, 16.0)  # log10 halo mass, Msun/h


class PublishedNetwork(eqx.Module):
    """A perceptron from (log φ*, α, σ_lo, σ_hi, log10 M) to μ.

    Attributes:
        layers: Weights and biases.
        lowest, highest: (5,), inputs that are scaled to 0 and 1.
    """

    layers: tuple[tuple[jax.Array, jax.Array], ...]
    lowest: jax.Array
    highest: jax.Array

    @classmethod
    def installed(cls) -> Self | None:
        """The one of the package `shamnet`, or None where that is not installed."""
        import h5py

        package = importlib.util.find_spec("shamnet")
        if package is None or not package.submodule_search_locations:
            return None
        with h5py.File(Path(package.submodule_search_locations[0]) / _WEIGHTS) as file:
            # The file calls weights biases, and the reverse.
            layers = tuple(
                (jnp.asarray(file[f"biases_layer_{i}"]), jnp.asarray(file[f"weights_layer_{i}"]))
                for i in range(_N_LAYER)
            )
            return cls(layers, jnp.asarray(file["xmin"]), jnp.asarray(file["xmax"]))

    def relation(self, problem: Draws) -> "PublishedRelation":
        """μ of a problem of its kind: a Schechter function of knee 10.85, halos at z = 0."""
        smf, scatter = problem.smf, problem.scatter
        theta = jnp.stack([smf.log_phi, smf.alpha, scatter.low, scatter.high])
        return PublishedRelation(self, theta)


class PublishedRelation(eqx.Module):
    """μ of log10 halo mass; beyond the halos of its training a straight line of slope 1.

    Attributes:
        network: The weights.
        theta: (4,), log φ*, α, σ_lo, σ_hi.
    """

    network: PublishedNetwork
    theta: jax.Array

    def __call__(self, log_m: jax.Array) -> jax.Array:
        """μ, log10 Msun. (n,) -> (n,)"""
        log_m = jnp.asarray(log_m)
        known = jnp.clip(log_m, *_TRAINED)
        x = jnp.concatenate([jnp.tile(self.theta, (known.size, 1)), known.reshape(-1, 1)], axis=1)
        x = (x - self.network.lowest) / (self.network.highest - self.network.lowest)
        for weight, bias in self.network.layers[:-1]:
            x = jax.nn.selu(x @ weight + bias)
        weight, bias = self.network.layers[-1]
        y = _LEAST + (_MOST - _LEAST) * jax.nn.sigmoid(_STEEPNESS * (x @ weight + bias))
        return y[:, 0].reshape(np.shape(log_m)) + log_m - known
