"""Columns of numbers out of a text table of measurements."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from halograd.catalogs.text_table import load_csv
from halograd.config.section import Section
from halograd.errors import CatalogError, DataError

Column = int | str
"""A column by 0-based number or by name."""


def column(section: Section, key: str) -> Column:
    """The required column under `key`."""
    return _as_column(section, key, section.content.get(key))


def columns(section: Section, key: str) -> tuple[Column, ...]:
    """The required list of columns under `key`; a single one counts as a list of one."""
    value = section.content.get(key)
    listed = value if isinstance(value, list) else [value]
    return tuple(_as_column(section, key, item) for item in listed)


def read_columns(path: Path, wanted: Sequence[Column]) -> list[np.ndarray]:
    """The wanted columns of a text table, each (n_row,) and finite.

    Raises:
        DataError: Where the file cannot be read or lacks a column.
    """
    if not path.is_file():
        raise DataError(f"{path}: no such file; check the path, which starts at the config file")
    named = [name for name in wanted if isinstance(name, str)]
    table = _named(path, named) if named else {}
    numbered = _numbered(path) if len(named) < len(wanted) else np.empty((0, 0))
    found = [table[c] if isinstance(c, str) else _nth(path, numbered, c) for c in wanted]
    for name, values in zip(wanted, found, strict=True):
        if not np.isfinite(values).all():
            raise DataError(f"{path}: column {name!r} has values that are not finite")
    return found


def read_matrix(path: Path, size: int) -> np.ndarray:
    """A (size, size) covariance from a text file or .npy."""
    if not path.is_file():
        raise DataError(f"{path}: no such covariance file; check the path")
    try:
        is_npy = path.suffix == ".npy"
        matrix = np.load(path, allow_pickle=False) if is_npy else _load_text(path)
    except (OSError, ValueError) as cause:
        raise DataError(f"{path}: not a matrix of numbers: {cause}") from cause
    if matrix.shape != (size, size):
        raise DataError(
            f"{path}: the covariance must have shape ({size}, {size}), one row per measured "
            f"number before any cut, sample by sample; got {matrix.shape}"
        )
    return matrix


def _as_column(section: Section, key: str, value: object) -> Column:
    if value is None:
        raise section.error(f"{key} is missing: name its column, or give its 0-based number")
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise section.error(f"{key} must be a column name or a 0-based number, got {value!r}")
    return value


def _named(path: Path, names: list[str]) -> dict[str, np.ndarray]:
    try:
        table, _ = load_csv(path, names)
    except CatalogError as cause:
        raise DataError(str(cause)) from cause
    for name in names:
        if name not in table:
            raise DataError(f"{path}: no column {name!r}; it has {', '.join(table)}")
    return {name: np.asarray(table[name], np.float64) for name in names}


def _numbered(path: Path) -> np.ndarray:
    try:
        table = _load_text(path)
    except (OSError, ValueError) as cause:
        raise DataError(f"{path}: not a table of numbers: {cause}") from cause
    if table.size == 0:
        raise DataError(f"{path}: there is no row in this table")
    return table


def _load_text(path: Path) -> np.ndarray:
    text = path.read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    if not rows:
        return np.empty((0, 0))
    return np.loadtxt(rows, ndmin=2, delimiter="," if "," in rows[0] else None)


def _nth(path: Path, table: np.ndarray, number: int) -> np.ndarray:
    if not 0 <= number < table.shape[1]:
        raise DataError(f"{path}: no column {number}; it has {table.shape[1]}, numbered from 0")
    return table[:, number]
