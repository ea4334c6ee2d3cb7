"""Columns read piece by piece, so that a file larger than memory can be cut while reading."""

from collections.abc import Iterator

import numpy as np

ROWS = 1 << 16


class Pieces:
    """Pieces of columns, joined one column at a time so that never two of them exist twice."""

    def __init__(self) -> None:
        self._parts: dict[str, list[np.ndarray]] = {}

    def add(self, **columns: np.ndarray) -> None:
        """Append rows; every call brings the same columns."""
        for name, values in columns.items():
            self._parts.setdefault(name, []).append(values)

    def take(self, name: str) -> np.ndarray:
        """The column `name`, whole; its pieces are released."""
        return np.concatenate(self._parts.pop(name))


def row_ranges(n_row: int, rows: int = ROWS) -> Iterator[slice]:
    """The ranges of at most `rows` rows that cover `n_row`; an empty one where there are none."""
    for start in range(0, max(n_row, 1), rows):
        yield slice(start, min(start + rows, n_row))
