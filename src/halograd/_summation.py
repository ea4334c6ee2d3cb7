"""Sums over many points that keep float32 accuracy."""

import jax
import jax.numpy as jnp

_FAN_IN = 64


def tree_sum(values: jax.Array) -> jax.Array:
    """Sum over the leading axis by a tree of short sums.

    The rounding error of a running float32 sum grows with the number of terms n; here it grows
    with log n, which keeps sums over 10^6 halos good to a few 1e-7.
    """
    while len(values) > 1:
        missing = -len(values) % _FAN_IN
        padded = jnp.pad(values, ((0, missing), *((0, 0),) * (values.ndim - 1)))
        values = padded.reshape(len(padded) // _FAN_IN, _FAN_IN, *values.shape[1:]).sum(axis=1)
    return values.sum(axis=0)
