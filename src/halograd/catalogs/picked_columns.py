"""Some columns of a text table, so that nothing has to be parsed that nobody asked for."""

import ctypes
from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec

import numpy as np


def picked_columns(content: bytes, places: Sequence[int], n_column: int) -> np.ndarray | None:
    """The entries in some places of every row, with one space between them.

    Args:
        content: Rows of entries between spaces and tabs, each ended by a newline, the last one
            too. Blank lines are passed over.
        places: Of the wanted entries in a row, from 0, increasing.
        n_column: The number of entries that every row must have.

    Returns:
        The text of the picked rows, or None where a row has another number of entries.
    """
    places = np.asarray(places, np.int32)
    library = _library()
    if library is None:
        return picked_by_arrays(content, places, n_column)
    picked = np.empty(len(content), np.uint8)
    n_byte = library.halograd_pick_columns(
        content,
        ctypes.c_int64(len(content)),
        places.ctypes.data_as(ctypes.c_void_p),
        ctypes.c_int32(len(places)),
        ctypes.c_int32(n_column),
        picked.ctypes.data_as(ctypes.c_void_p),
    )
    return None if n_byte < 0 else picked[:n_byte]


def picked_by_arrays(content: bytes, places: np.ndarray, n_column: int) -> np.ndarray | None:
    """As `picked_columns`, in plain NumPy."""
    marks = np.frombuffer(content, np.uint8).copy()
    is_newline = marks == ord("\n")
    is_gap = is_newline | (marks == ord(" ")) | (marks == ord("\t"))
    is_first = ~is_gap & np.concatenate(([True], is_gap[:-1]))
    n_before = np.cumsum(is_first)
    n_entry = np.diff(n_before[is_newline], prepend=0)
    if not np.isin(n_entry, (0, n_column)).all():
        return None
    column = (n_before - 1) % n_column
    is_end = is_gap & np.concatenate(([False], ~is_gap[:-1]))
    marks[is_end] = np.where(column[is_end] == places[-1], ord("\n"), ord(" "))
    return marks[(~is_gap | is_end) & np.isin(column, places)]


@cache
def _library() -> ctypes.CDLL | None:
    """The compiled way, or None where it was not built."""
    found = find_spec("halograd.catalogs.halograd_text")  # wherever the installation put it
    if found is None:
        return None
    try:
        library = ctypes.CDLL(found.origin)
        library.halograd_pick_columns.restype = ctypes.c_int64
    except (OSError, AttributeError):
        return None
    return library
