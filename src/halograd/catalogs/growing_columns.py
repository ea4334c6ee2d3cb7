"""Rows piece by piece: ranges to read at once, and columns that grow without being held twice."""

import math
from collections.abc import Iterator, Mapping

import numpy as np

from halograd.errors import CatalogError

# Room beyond what the blocks so far lead to expect, so that few columns have to move.
_MARGIN = 1.05
# Rows that are read at once.
ROWS = 1 << 16


def row_ranges(n_row: int, rows: int = ROWS) -> Iterator[slice]:
    """The ranges of at most `rows` rows that cover `n_row`; an empty one where there are none.

    So a file larger than memory can be cut while it is read.
    """
    for start in range(0, max(n_row, 1), rows):
        yield slice(start, min(start + rows, n_row))


class GrowingColumns:
    """Gathers the rows of many blocks in one array per column, in the byte order of the machine.

    Memory beyond the rows gathered is asked for but not touched, so it costs nothing.
    """

    def __init__(self) -> None:
        self._columns: dict[str, np.ndarray] = {}
        self.n_row = 0

    def append(self, block: Mapping[str, np.ndarray], share: float = 1.0) -> None:
        """Add the rows of a block.

        Args:
            block: Columns by name, the same ones each time. (n_row, ...)
            share: Of the source, how much has been read with this block; what is still to come
                is expected to be alike.

        Raises:
            CatalogError: Where a column is text in some blocks and numbers in others.
        """
        n_new = len(next(iter(block.values())))
        is_partial = 0 < share < 1  # of an empty source nothing has been read at its end
        expected = math.ceil((self.n_row + n_new) * (_MARGIN / share if is_partial else 1.0))
        for name, values in block.items():
            column = self._with_room(name, values, self.n_row + n_new, expected)
            column[self.n_row : self.n_row + n_new] = values
        self.n_row += n_new

    def take(self, name: str) -> np.ndarray:
        """The column `name`, given up here. (n_row, ...)"""
        return self._columns.pop(name)[: self.n_row]

    def finish(self) -> dict[str, np.ndarray]:
        """Every column left by name, each given up here. (n_row, ...)"""
        return {name: self.take(name) for name in tuple(self._columns)}

    def _with_room(self, name: str, values: np.ndarray, n_row: int, expected: int) -> np.ndarray:
        old = self._columns.get(name)
        dtype = values.dtype.newbyteorder("=") if old is None else _common_type(name, old, values)
        if old is None or n_row > len(old) or dtype != old.dtype:
            new = np.empty((max(n_row, expected), *values.shape[1:]), dtype)
            if old is not None:
                new[: self.n_row] = old[: self.n_row]
            self._columns[name] = new
        return self._columns[name]


def _common_type(name: str, old: np.ndarray, new: np.ndarray) -> np.dtype:
    if (old.dtype.kind == "U") != (new.dtype.kind == "U"):
        raise CatalogError(
            f"column {name!r} holds numbers in some rows and text in others; repair the text"
        )
    return np.result_type(old.dtype, new.dtype)
