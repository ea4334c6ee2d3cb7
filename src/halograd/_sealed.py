"""HDF5 files of arrays that are read back only when every bit is as it was written.

The last bytes of a file are a checksum of all the others. HDF5 itself, which can hang or crash on
a damaged file, opens one only where they agree; other readers of HDF5 do not see them.
"""

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


_SEAL = b"\nhalograd sha256 "
_SEAL_LENGTH = len(_SEAL) + 64


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
        with atomic_write(path) as temporary:
            with h5py.File(temporary, "w") as file:
                group = file.create_group("arrays", track_order=True)
                for name, values in content.arrays.items():
                    group.create_dataset(name, data=values)
                file["metadata"] = np.bytes_(text.encode("ascii"))
                file.attrs["kind"] = kind
            seal = _checksum(Path(temporary), os.path.getsize(temporary))
            with open(temporary, "ab") as file:
                file.write(_SEAL + seal.encode("ascii"))
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
    _check_seal(Path(path))
    try:
        with h5py.File(path, "r") as file:
            arrays = {name: item[()] for name, item in file["arrays"].items()}
            text = file["metadata"][()].decode("ascii")
            found = file.attrs["kind"]
    except (OSError, KeyError, ValueError, RuntimeError, AttributeError, TypeError) as cause:
        raise DamagedFileError(f"{path} is damaged: {cause}") from cause
    if found != kind:
        raise DamagedFileError(f"{path} holds {found!r}, and {kind!r} was expected")
    return Sealed(arrays, json.loads(text))


def digest(arrays: Mapping[str, np.ndarray]) -> str:
    """SHA-256 of the names, types, shapes and bits of arrays, whatever their order."""
    found = hashlib.sha256()
    for name in sorted(arrays):
        values = np.ascontiguousarray(arrays[name])
        found.update(f"{name} {values.dtype.str} {np.shape(arrays[name])}\n".encode())
        found.update(values.reshape(-1).view(np.uint8))
    return found.hexdigest()


def _check_seal(path: Path) -> None:
    """Raise unless the file ends in the checksum of what stands before."""
    size = path.stat().st_size - _SEAL_LENGTH
    with path.open("rb") as file:
        file.seek(max(size, 0))
        end = file.read()
    if size < 0 or not end.startswith(_SEAL):
        raise DamagedFileError(
            f"{path} is damaged, cut short, or of an earlier version: it does not end in a checksum"
        )
    if end.removeprefix(_SEAL).decode("ascii", "replace") != _checksum(path, size):
        raise DamagedFileError(f"{path} is damaged: the content does not match its checksum")


def _checksum(path: Path, size: int) -> str:
    """SHA-256 of the first bytes of a file."""
    found = hashlib.sha256()
    with path.open("rb") as file:
        while size > 0 and (block := file.read(min(size, 2**20))):
            found.update(block)
            size -= len(block)
    return found.hexdigest()
