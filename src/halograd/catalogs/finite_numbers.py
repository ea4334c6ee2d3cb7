"""Columns that have to be numbers."""

from pathlib import Path

import numpy as np

from halograd import _checks
from halograd.errors import CatalogError


def finite_numbers(path: Path, name: str, values: np.ndarray, first_row: int = 0) -> np.ndarray:
    """A column as float64, all of it finite.

    Args:
        path: The file, for the message.
        name: The column.
        values: (n_row, ...), as they are in the file.
        first_row: The number of rows before these.

    Raises:
        CatalogError: For a word that is no number, with its row; for NaN and infinity.
    """
    if values.dtype.kind == "U":
        for row, word in enumerate(values.flat, start=first_row + 1):
            if not _is_number(word):
                raise CatalogError(
                    f"{path}: {name} must be numbers, but row {row} has {word[:40]!r}; repair it"
                )
        values = values.astype(np.float64)
    where = f"{path}, after row {first_row}" if first_row else f"{path}"
    return _checks.finite(f"{where}: {name}", values, CatalogError)


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    # Python also takes the underscores of 1_000, which no table means.
    return "_" not in word
