"""The neural network that proposes the mean relation."""

from typing import Self

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from halograd.kernels import Kernel
from halograd.kernels import kernel as named_kernel
from halograd.sham.network.features import N_FEATURE, N_QUANTITY, Coverage, describe
from halograd.sham.network.labels import Labels

__all__ = ["Layer", "Network"]

_QUIET, _GAIN = 0.1, 0.3
_LEAST_VARIANCE = 3e-4  # of the largest; directions of less hold rounding errors


class Layer(eqx.Module):
    """An affine map x ↦ x W + c."""

    weight: jax.Array
    bias: jax.Array

    @classmethod
    def initial(cls, key: jax.Array, n_in: int, n_out: int) -> Self:
        """Normal weights that keep the size of the input, and no bias."""
        weight = jax.random.normal(key, (n_in, n_out), jnp.float32) / np.sqrt(np.float32(n_in))
        return cls(weight, jnp.zeros(n_out, jnp.float32))

    def __call__(self, x: jax.Array) -> jax.Array:
        """The affine map x W + c: (…, n_in) -> (…, n_out)."""
        return x @ self.weight + self.bias


class Network(eqx.Module):
    """A perceptron with tanh layers that corrects the first-order shift of `describe`.

        μ(s) = s + σ(s) [first order + f(|x|²) · MLP(A (x − x̄))],   f(q) = q/(0.1 + q)

    x are the features of the label; f makes the network vanish with the scatter.

    Attributes:
        centre: (n_feature,), x̄, not trained.
        whitening: (n_feature, n_feature), A, not trained.
        layers: The affine maps, the last to one number.
        coverage: Ranges of what the network was trained on.
        kernel_name: Shape of the scatter that it is for, "triweight" or "normal".
    """

    centre: jax.Array
    whitening: jax.Array
    layers: tuple[Layer, ...]
    coverage: Coverage
    kernel_name: str = eqx.field(static=True)

    @classmethod
    def initial(
        cls,
        key: jax.Array,
        features: np.ndarray,
        coverage: Coverage,
        *,
        width: int,
        depth: int,
        kernel_name: str,
    ) -> Self:
        """Random weights, with inputs whitened by a sample of features. (n, N_FEATURE)"""
        variance, axes = np.linalg.eigh(np.cov(np.asarray(features, float).T))
        whitening = axes / np.sqrt(variance + _LEAST_VARIANCE * variance.max())
        sizes = [N_FEATURE] + depth * [width] + [1]
        pairs = zip(jax.random.split(key, depth + 1), sizes[:-1], sizes[1:], strict=True)
        layers = tuple(
            Layer(
                jax.random.normal(k, (a, b), jnp.float32) / np.float32(a) ** 0.5,
                jnp.zeros(b, jnp.float32),
            )
            for k, a, b in pairs
        )
        centre, whitening = (
            jnp.asarray(part, jnp.float32) for part in (features.mean(axis=0), whitening)
        )
        return cls(centre, whitening, layers, coverage, kernel_name)

    @classmethod
    def empty(cls, *, width: int, depth: int, kernel_name: str) -> Self:
        """A network of the given shape with weights that mean nothing, to be filled from a file."""
        features = np.random.default_rng(0).normal(size=(N_FEATURE + 1, N_FEATURE))
        nothing = Coverage(*(jnp.zeros(N_QUANTITY, jnp.float32) for _ in range(2)))
        key = jax.random.key(0)
        return cls.initial(
            key, features, nothing, width=width, depth=depth, kernel_name=kernel_name
        )

    @property
    def width(self) -> int:
        """Number of units of each hidden layer."""
        return self.layers[0].bias.size

    @property
    def depth(self) -> int:
        """Number of hidden layers."""
        return len(self.layers) - 1

    @property
    def kernel(self) -> Kernel:
        """Shape of the scatter that the network is for."""
        return named_kernel(self.kernel_name)

    def propose(self, labels: Labels) -> jax.Array:
        """μ at the labels, log10 Msun. (n,)"""
        first_order, features = describe(labels, self.kernel)
        size = jnp.mean(features**2, axis=1)
        shift = first_order + _GAIN * size / (_QUIET + size) * self._perceptron(features)
        return labels.log_mstar + labels.sigma()[0] * shift

    def _perceptron(self, features: jax.Array) -> jax.Array:
        centre, whitening = jax.lax.stop_gradient((self.centre, self.whitening))
        x = (features - centre) @ whitening
        for layer in self.layers[:-1]:
            x = jnp.tanh(layer(x))
        return self.layers[-1](x)[:, 0]
