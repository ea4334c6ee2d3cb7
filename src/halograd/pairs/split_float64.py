"""Numbers of double precision on any device and in any mode of JAX."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import DTypeLike


class SplitFloat64(eqx.Module):
    """Each number as a float32 and the float32 remainder: 48 bits, of which float32 uses the first.

    JAX rounds float64 outside of its x64 mode when it takes an array, for good; these two parts
    keep their bits in either mode.

    Args:
        values: Any shape, float64, within the range of float32.
    """

    high: jax.Array
    low: jax.Array

    def __init__(self, values: np.ndarray) -> None:
        high = np.asarray(values, np.float32)
        self.high = jnp.asarray(high)
        self.low = jnp.asarray((values - high.astype(np.float64)).astype(np.float32))

    def astype(self, dtype: DTypeLike) -> jax.Array:
        """The numbers in float32 or, in the x64 mode, float64."""
        if jnp.dtype(dtype) != jnp.float64:
            return self.high.astype(dtype)
        return self.high.astype(dtype) + self.low.astype(dtype)

    def numpy(self) -> np.ndarray:
        """The numbers as float64, in any mode."""
        return np.asarray(self.high, np.float64) + np.asarray(self.low, np.float64)

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the numbers."""
        return self.high.shape
