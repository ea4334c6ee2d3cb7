"""Networks in files: versioned, with their provenance, refused where a bit has changed."""

import functools
import os
from collections.abc import Mapping
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import jax

from halograd._sealed import DamagedFileError, Sealed, read_sealed, write_sealed
from halograd.errors import HalogradError
from halograd.sham.network.network import Network
from halograd.sham.network.tree_arrays import tree_from_arrays, tree_to_arrays

__all__ = ["load", "provenance", "save", "shipped_network", "shipped_provenance"]

_KIND = "halograd network, version 1"
_SHIPPED = "triweight.h5"


def save(path: str | os.PathLike[str], network: Network, metadata: Mapping[str, Any]) -> None:
    """Write a network and what is to be known about it; the file appears complete or not at all.

    Args:
        path: An HDF5 file.
        network: The network.
        metadata: What JSON can hold: configuration, seed, versions.

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
    """What `save` was told about the network of a file."""
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
