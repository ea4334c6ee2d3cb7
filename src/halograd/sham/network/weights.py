"""Networks in files: versioned, with their provenance, refused where a bit has changed."""

import functools
import os
from collections.abc import Mapping
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any, TypeVar

import jax
import numpy as np

from halograd._sealed import DamagedFileError, Sealed, read_sealed, write_sealed
from halograd.errors import HalogradError
from halograd.sham.network.network import Network

__all__ = [
    "load",
    "provenance",
    "save",
    "shipped_network",
    "shipped_provenance",
    "tree_from_arrays",
    "tree_to_arrays",
]

_KIND = "halograd network, version 1"
_SHIPPED = "triweight.h5"
T = TypeVar("T")


def save(path: str | os.PathLike[str], network: Network, metadata: Mapping[str, Any]) -> None:
    """Write a network and what is to be known about it; the file appears complete or not at all.

    Args:
        path: The HDF5 file to write.
        network: Weights and the shape of the network.
        metadata: Configuration, seed and versions, in types that JSON can hold.

    Raises:
        HalogradError: Where the file cannot be written.
    """
    about = {
        "kernel": network.kernel_name,
        "width": network.width,
        "depth": network.depth,
        "provenance": dict(metadata),
    }
    write_sealed(Path(path), _KIND, Sealed(tree_to_arrays(network), about))


def load(path: str | os.PathLike[str]) -> Network:
    """The network of a file.

    Raises:
        HalogradError: Where the file is missing, cut short, changed, or of another version.
    """
    sealed = _read(path)
    about = sealed.metadata
    shape = {"width": about["width"], "depth": about["depth"], "kernel_name": about["kernel"]}
    like = jax.eval_shape(lambda: Network.empty(**shape))
    # NumPy's arrays belong to no trace: a network may be loaded, and kept, under jit.
    return tree_from_arrays(like, sealed.arrays)


def provenance(path: str | os.PathLike[str]) -> dict[str, Any]:
    """The `metadata` that `save` was given with the network of a file."""
    return _read(path).metadata["provenance"]


@functools.cache
def shipped_network() -> Network:
    """The network that comes with halograd, for the triweight scatter."""
    with as_file(files(__package__) / _SHIPPED) as path:
        return load(path)


def shipped_provenance() -> dict[str, Any]:
    """How the network that comes with halograd was trained."""
    with as_file(files(__package__) / _SHIPPED) as path:
        return provenance(path)


def _read(path: str | os.PathLike[str]) -> Sealed:
    try:
        return read_sealed(path, _KIND)
    except FileNotFoundError as cause:
        raise HalogradError(f"no network at {path}: give the network.h5 of a training") from cause
    except DamagedFileError as cause:
        raise HalogradError(f"{cause}; train again, or take the file from its source") from cause


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
        prefix: The prefix that was given to `tree_to_arrays`.
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
