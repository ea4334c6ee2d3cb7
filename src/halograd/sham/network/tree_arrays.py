"""Pytrees as arrays by name, and back."""

from collections.abc import Mapping
from typing import Any, TypeVar

import jax
import numpy as np

from halograd.errors import HalogradError

__all__ = ["tree_from_arrays", "tree_to_arrays"]

T = TypeVar("T")


def tree_to_arrays(tree: Any, prefix: str = "") -> dict[str, np.ndarray]:
    """Every leaf under the path that leads to it, such as `network.layers[0].weight`."""
    leaves, _ = jax.tree_util.tree_flatten_with_path(tree)
    return {prefix + jax.tree_util.keystr(path): np.asarray(leaf) for path, leaf in leaves}


def tree_from_arrays(
    like: T, arrays: Mapping[str, np.ndarray], prefix: str = "", *, stacked: bool = False
) -> T:
    """A pytree of NumPy arrays, built as `like` with the leaves that `tree_to_arrays` named.

    Args:
        like: A pytree of arrays; only structure, types and shapes matter.
        arrays: Leaves by name; names without `prefix` are left alone.
        prefix: As given to `tree_to_arrays`.
        stacked: Whether only the number of axes must agree, not their lengths.

    Raises:
        HalogradError: Where a leaf is missing or of another type or shape.
    """
    leaves, structure = jax.tree_util.tree_flatten_with_path(like)
    found = []
    for path, leaf in leaves:
        name = prefix + jax.tree_util.keystr(path)
        values = arrays.get(name)
        if values is None:
            raise HalogradError(f"the array {name} is missing")
        fits = values.ndim == leaf.ndim if stacked else values.shape == leaf.shape
        if values.dtype != leaf.dtype or not fits:
            raise HalogradError(
                f"{name} is {values.dtype} {values.shape}, and {leaf.dtype} {leaf.shape} was "
                "expected"
            )
        found.append(values)
    return jax.tree_util.tree_unflatten(structure, found)
