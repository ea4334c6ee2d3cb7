"""The compiled pair engine: found, loaded and made known to XLA, once per process."""

import ctypes
from functools import cache
from importlib.util import find_spec

import jax
import numpy as np

_FUNCTIONS = (
    *("halograd_instruction_set", "halograd_sort_points"),
    *("halograd_table_new", "halograd_table_add", "halograd_table_free"),
)
TARGETS = {"float32": "halograd_pair_sums_f32", "float64": "halograd_pair_sums_f64"}


@cache
def library() -> ctypes.CDLL | None:
    """The library with its handlers registered, or None where it was not built.

    Nor where it is not of this source, as after an update without a build: one that lacks a
    function fails at its first call otherwise.
    """
    found = find_spec("halograd.pairs.halograd_native")  # wherever the installation put it
    if found is None:
        return None
    try:
        loaded = ctypes.CDLL(found.origin)
    except OSError:
        return None
    if not all(hasattr(loaded, name) for name in (*TARGETS.values(), *_FUNCTIONS)):
        return None
    for target in TARGETS.values():
        handler = jax.ffi.pycapsule(getattr(loaded, target))
        jax.ffi.register_ffi_target(target, handler, platform="cpu")
    loaded.halograd_instruction_set.restype = ctypes.c_char_p
    loaded.halograd_table_new.restype = ctypes.c_void_p
    return loaded


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
