"""Rows piece by piece, so that a file larger than memory can be cut while reading."""

from collections.abc import Iterator

ROWS = 1 << 16


def row_ranges(n_row: int, rows: int = ROWS) -> Iterator[slice]:
    """The ranges of at most `rows` rows that cover `n_row`; an empty one where there are none."""
    for start in range(0, max(n_row, 1), rows):
        yield slice(start, min(start + rows, n_row))
