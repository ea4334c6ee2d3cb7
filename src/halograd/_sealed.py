"""HDF5 files of arrays that are read back only when every bit is as it was written."""

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from halograd._atomic import atomic_write
from halograd.errors import HalogradError

__all__ = ["DamagedFileError", "Sealed", "digest", "read_sealed", "write_sealed"]


class DamagedFileError(HalogradError):
    """A file that is cut short, changed, or none of halograd's."""


class Sealed(NamedTuple):
    """Arrays by name, and what JSON holds about them."""

    arrays: dict[str, np.ndarray]
    metadata: dict[str, Any]


def write_sealed(path: Path, kind: str, content: Sealed) -> None:
    """Write `content` to `path`, which appears complete or not at all.

    Args:
        path: The file.
        kind: What it is, kept in the file; a reader asks for the same.
        content: Arrays of numbers or truth values, and metadata for JSON.

    Raises:
        HalogradError: Where the file cannot be written.
    """
    import h5py

    text = json.dumps(content.metadata, sort_keys=True)
    try:
        with atomic_write(path) as temporary, h5py.File(temporary, "w") as file:
            group = file.create_group("arrays", track_order=True)
            for name, values in content.arrays.items():
                group.create_dataset(name, data=values)
            file["metadata"] = np.bytes_(text.encode("ascii"))
            file.attrs.update(kind=kind, sha256=_seal(kind, content.arrays, text))
    except OSError as cause:
        raise HalogradError(f"{path}: cannot be written: {cause}") from cause


def read_sealed(path: str | os.PathLike[str], kind: str) -> Sealed:
    """What `write_sealed` wrote.

    Raises:
        DamagedFileError: Where the file is cut short, changed, or of another kind.
        FileNotFoundError: Where there is none.
    """
    import h5py

    if not Path(path).exists():
        raise FileNotFoundError(f"{path}: no such file")
    try:
        with h5py.File(path, "r") as file:
            arrays = {name: item[()] for name, item in file["arrays"].items()}
            text = file["metadata"][()].decode("ascii")
            found, seal = file.attrs["kind"], file.attrs["sha256"]
    except (OSError, KeyError, ValueError, RuntimeError, AttributeError, TypeError) as cause:
        raise DamagedFileError(f"{path} is damaged: {cause}") from cause
    if found != kind:
        raise DamagedFileError(f"{path} holds {found!r}, and {kind!r} was expected")
    if seal != _seal(kind, arrays, text):
        raise DamagedFileError(f"{path} is damaged: the content does not match its checksum")
    return Sealed(arrays, json.loads(text))


def digest(arrays: Mapping[str, np.ndarray]) -> str:
    """SHA-256 of the names, types, shapes and bits of arrays, whatever their order."""
    found = hashlib.sha256()
    for name in sorted(arrays):
        values = np.ascontiguousarray(arrays[name])
        found.update(f"{name} {values.dtype.str} {np.shape(arrays[name])}\n".encode())
        found.update(values.reshape(-1).view(np.uint8))
    return found.hexdigest()


def _seal(kind: str, arrays: Mapping[str, np.ndarray], text: str) -> str:
    return hashlib.sha256(f"{kind}\n{digest(arrays)}\n{text}".encode()).hexdigest()
