"""The floats that the SHAM objects hold: array leaves, checked where they are concrete."""

import functools
import inspect
from collections.abc import Callable
from dataclasses import fields
from typing import ParamSpec, TypeVar

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike

from halograd._arrays import float_array
from halograd.errors import HalogradError

P = ParamSpec("P")
R = TypeVar("R")


def leaf(value: ArrayLike) -> jax.Array:
    """The value as a floating array of a definite type; a floating array keeps its precision."""
    array = float_array("a number of a SHAM object", value)
    return jnp.asarray(array, dtype=array.dtype)


def takes_floats(function: Callable[P, R]) -> Callable[P, R]:
    """A method of one elementwise argument that takes any type of real numbers.

    It stands outside of `jax.jit`, which drops masks and units, and wraps 64-bit integers.
    """
    signature = inspect.signature(function)
    name = list(signature.parameters)[1]

    @functools.wraps(function)
    def converted(*given: P.args, **named: P.kwargs) -> R:
        arguments = signature.bind(*given, **named).arguments
        return function(given[0], float_array(name, arguments[name]))

    return converted


def concrete(*values: jax.Array) -> bool:
    """Whether all the values are known now, not traced."""
    return not any(isinstance(value, jax.core.Tracer) for value in values)


def check_finite(owner: str, **values: jax.Array) -> None:
    """Raise unless every concrete value is finite."""
    for name, value in values.items():
        if concrete(value) and not np.isfinite(np.asarray(value)).all():
            raise HalogradError(f"{name} of {owner} must be finite, got {np.asarray(value)}")


def check_single(*objects: object) -> None:
    """Raise where a parameter of objects that hold single numbers is an array."""
    for one in objects:
        for field in fields(one):
            shape = np.shape(getattr(one, field.name))
            if shape:
                raise HalogradError(
                    f"{field.name} of {type(one).__name__} must be one number, got shape {shape}: "
                    "use jax.vmap for several"
                )


def check_table(owner: str, name: str, grid: jax.Array, values: jax.Array) -> None:
    """Raise unless a concrete table is finite, of one dimension, and its grid increases."""
    if grid.ndim != 1 or grid.shape != values.shape or grid.size < 2:
        raise HalogradError(
            f"{owner} needs two columns of one length, at least 2, got {grid.shape} for {name} "
            f"and {values.shape} for the values"
        )
    check_finite(owner, **{name: grid, "the values": values})
    if concrete(grid) and (np.diff(np.asarray(grid)) <= 0).any():
        row = int(np.argmax(np.diff(np.asarray(grid)) <= 0))
        raise HalogradError(
            f"{name} of {owner} must increase strictly, but row {row + 1} ({grid[row + 1]:g}) "
            f"follows {grid[row]:g}; sort the table and drop repeated rows"
        )


def check_range(name: str, ends: tuple[float, float]) -> tuple[float, float]:
    """Two finite floats, the first below the second, or raise."""
    try:
        low, high = (float(end) for end in ends)
    except (TypeError, ValueError) as cause:
        raise HalogradError(f"{name} must be two numbers, got {ends!r}") from cause
    if not -np.inf < low < high < np.inf:
        raise HalogradError(f"{name} must be two finite, increasing numbers, got {ends!r}")
    return low, high
