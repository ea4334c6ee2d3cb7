"""The compiled pair engine: found, loaded and made known to XLA, once per process."""

import ctypes
import os
import struct
from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import jax
import numpy as np

from halograd import _checks
from halograd.errors import HalogradError

_FUNCTIONS = (
    *("halograd_instruction_set", "halograd_instruction_sets", "halograd_sort_points"),
    *("halograd_table_new", "halograd_table_add", "halograd_table_free"),
)
TARGETS = {"float32": "halograd_pair_sums_f32", "float64": "halograd_pair_sums_f64"}


@cache
def library() -> ctypes.CDLL | None:
    """The library with its handlers registered, or None where it was not built.

    Nor where it is cut short, nor where it is not of this source, as after an update without a
    build: one that lacks a function fails at its first call otherwise.

    Raises:
        HalogradError: For a value of HALOGRAD_ISA that is no instruction set.
    """
    found = find_spec("halograd.pairs.halograd_native")  # wherever the installation put it
    if found is None or not is_whole(Path(found.origin)):
        return None
    try:
        loaded = ctypes.CDLL(found.origin)
    except OSError:
        return None
    if not all(hasattr(loaded, name) for name in (*TARGETS.values(), *_FUNCTIONS)):
        return None
    loaded.halograd_instruction_set.restype = ctypes.c_char_p
    loaded.halograd_instruction_sets.restype = ctypes.c_char_p
    loaded.halograd_table_new.restype = ctypes.c_void_p
    _check_instruction_set(loaded.halograd_instruction_sets().decode().split())
    for target in TARGETS.values():
        handler = jax.ffi.pycapsule(getattr(loaded, target))
        jax.ffi.register_ffi_target(target, handler, platform="cpu")
    return loaded


def is_whole(path: Path) -> bool:
    """Whether a library has all the bytes that its own headers speak of.

    The system maps a library before it reads it: one cut short, by a full disk for example, would
    end the process with SIGBUS. Libraries that are not of the 64-bit ELF format only have to be
    readable and not empty.
    """
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            header = file.read(64)
            if header[:5] != b"\x7fELF\x02":
                return size > 0
            order = "<" if header[5:6] == b"\x01" else ">"
            programs, sections = struct.unpack_from(order + "QQ", header, 32)
            entry, number, section, n_section = struct.unpack_from(order + "HHHH", header, 54)
            file.seek(programs)
            table = file.read(entry * number)
    except (OSError, struct.error):
        return False
    if len(table) < entry * number or sections + section * n_section > size:
        return False
    ends = (
        sum(struct.unpack_from(order + "Q16xQ", table, entry * k + 8))  # offset, size in the file
        for k in range(number)
    )
    return all(end <= size for end in ends)


def _check_instruction_set(known: Sequence[str]) -> None:
    wanted = os.environ.get("HALOGRAD_ISA", "")
    if wanted and wanted not in known:
        raise HalogradError(
            f"HALOGRAD_ISA must be one of {', '.join(known)}, the instruction sets that the "
            f"compiled pair engine knows here, got {wanted!r}{_checks.nearest(wanted, known)}; "
            "remove it from the environment to take the best that the processor has"
        )


def instruction_set() -> str:
    """Which of its kernels the library runs here: "avx512", "avx2" or "baseline"."""
    return library().halograd_instruction_set().decode()


def sort_points(
    positions: np.ndarray, origin: np.ndarray, sides: np.ndarray, shape: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Points column by column on a grid across the sky, along z within a column.

    Args:
        positions: (n, 3), in the box.
        origin: (3,), lower corner of the box.
        sides: (3,).
        shape: (2,), number of columns along x and y.

    Returns:
        Positions (n, 3) in the new order, the rows (n,) they had, and where each column starts
        (n_column + 1,).
    """
    positions = np.ascontiguousarray(positions, np.float64)
    shape = np.ascontiguousarray(shape, np.int32)
    ordered = np.empty_like(positions)
    rows = np.empty(len(positions), np.int32)
    starts = np.empty(int(np.prod(shape, dtype=np.int64)) + 1, np.int32)
    library().halograd_sort_points(
        address(positions),
        ctypes.c_int64(len(positions)),
        address(np.ascontiguousarray(origin, np.float64)),
        address(np.ascontiguousarray(sides, np.float64)),
        *map(address, (shape, ordered, rows, starts)),
    )
    return ordered, rows, starts


def address(array: np.ndarray) -> ctypes.c_void_p:
    """Where the values of an array begin, for a call."""
    return array.ctypes.data_as(ctypes.c_void_p)
