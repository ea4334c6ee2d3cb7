"""Functions of JAX arrays, evaluated in float64 on the host."""

from collections.abc import Callable

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike

from halograd._precision import float64
from halograd.errors import HalogradError
from halograd.sham._leaves import concrete

__all__ = ["host_values", "in_float64"]

_BLOCK, _LARGEST_BLOCK = 512, 65536
_TRACED = (
    "the deconvolution has no derivatives and needs numbers, but {} is traced by a JAX "
    'transformation (jit, grad, vmap): call it outside, or use the methods "exact" or "network"'
)


def host_values(what: str, function: Callable, x: ArrayLike) -> np.ndarray:
    """An elementwise function at `x`, in float64 on the host. (n,) -> (n,)

    Raises:
        HalogradError: Where the function is traced by a JAX transformation, or not finite.
    """
    x = np.asarray(x, np.float64)
    # Compiled functions meet few shapes, and never one that fills the memory.
    block = min(_BLOCK * -(-x.size // _BLOCK), _LARGEST_BLOCK)
    padded = np.pad(x, (0, -x.size % block), mode="edge").reshape(-1, block)
    values = np.concatenate([_evaluate(what, function, part) for part in padded])[: x.size]
    if not np.isfinite(values).all():
        raise HalogradError(f"{what} must be finite, but is not at {x[~np.isfinite(values)][0]:g}")
    return values


def _evaluate(what: str, function: Callable, x: np.ndarray) -> np.ndarray:
    with float64():
        values = function(x)
    if not concrete(values):
        raise HalogradError(_TRACED.format(what))
    return np.broadcast_to(np.asarray(values, np.float64), x.shape)


def in_float64(inputs: tuple) -> tuple:
    """Pytrees with their floating arrays turned to float64.

    Raises:
        HalogradError: Where an array is traced by a JAX transformation.
    """
    if not concrete(*jax.tree.leaves(inputs)):
        raise HalogradError(_TRACED.format("an argument"))
    with float64():
        return jax.tree.map(
            lambda x: jnp.asarray(x, jnp.float64) if eqx.is_inexact_array(x) else x, inputs
        )
