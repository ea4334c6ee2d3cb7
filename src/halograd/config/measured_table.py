"""Columns of numbers out of a table of measurements: text, CSV, ECSV or HDF5."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from halograd.catalogs.text_table import load_csv, load_ecsv
from halograd.config.section import Section
from halograd.errors import CatalogError, DataError

if TYPE_CHECKING:
    import h5py

Name = int | str
"""A column by 0-based number or by name; a dataset by its path."""


class Column(NamedTuple):
    """A column of a file.

    Attributes:
        values: (n_row,), finite.
        unit: As the file declares it, or None.
    """

    values: np.ndarray
    unit: str | None = None


def column(section: Section, key: str) -> Name:
    """The required column under `key`."""
    return _as_name(section, key, section.content.get(key))


def columns(section: Section, key: str) -> tuple[Name, ...]:
    """The required list of columns under `key`; a single one counts as a list of one."""
    value = section.content.get(key)
    listed = value if isinstance(value, list) else [value]
    return tuple(_as_name(section, key, item) for item in listed)


def read_columns(path: Path, wanted: Sequence[Name]) -> list[Column]:
    """The wanted columns of a table, in the format its content or suffix tells.

    ECSV columns and HDF5 datasets with an attribute `unit` or `units` declare their units.

    Raises:
        DataError: Where the file cannot be read, lacks a column, or columns differ in length.
    """
    if not path.is_file():
        raise DataError(f"{path}: no such file; check the path, which starts at the config file")
    found = _reader(path)(path, wanted)
    for name, (values, _) in zip(wanted, found, strict=True):
        if values.ndim != 1 or len(values) != len(found[0].values):
            raise DataError(
                f"{path}: column {name!r} has shape {values.shape}, where ({len(found[0].values)},)"
                " was expected"
            )
        if not np.isfinite(values).all():
            raise DataError(f"{path}: column {name!r} has values that are not finite")
    return found


def load_text(path: Path) -> np.ndarray:
    """A text file of numbers alone, in rows; lines that begin with # are comments."""
    text = path.read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    if not rows:
        return np.empty((0, 0))
    return np.loadtxt(rows, ndmin=2, delimiter="," if "," in rows[0] else None)


def is_hdf5(path: Path) -> bool:
    """Whether the file begins as HDF5 does."""
    with path.open("rb") as file:
        return file.read(8) == b"\x89HDF\r\n\x1a\n"


def _reader(path: Path) -> Callable[[Path, Sequence[Name]], list[Column]]:
    if is_hdf5(path) or path.suffix in {".hdf5", ".h5"}:
        return _hdf5_columns
    with path.open("rb") as file:
        is_ecsv = b"%ECSV" in file.readline()
    return _ecsv_columns if is_ecsv or path.suffix == ".ecsv" else _text_columns


def _as_name(section: Section, key: str, value: object) -> Name:
    if value is None:
        raise section.error(f"{key} is missing: name its column, or give its 0-based number")
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise section.error(f"{key} must be a column name or a 0-based number, got {value!r}")
    return value


def _text_columns(path: Path, wanted: Sequence[Name]) -> list[Column]:
    named = [name for name in wanted if isinstance(name, str)]
    table = _named(path, named) if named else {}
    numbered = _numbered(path) if len(named) < len(wanted) else np.empty((0, 0))
    return [
        Column(table[name] if isinstance(name, str) else _nth(path, numbered, name))
        for name in wanted
    ]


def _named(path: Path, names: list[str]) -> dict[str, np.ndarray]:
    try:
        table, _ = load_csv(path, names)
    except CatalogError as cause:
        raise DataError(str(cause)) from cause
    for name in names:
        _check_has(path, name, table)
    return {name: np.asarray(table[name], np.float64) for name in names}


def _ecsv_columns(path: Path, wanted: Sequence[Name]) -> list[Column]:
    from astropy import units
    from astropy.cosmology.units import littleh
    from astropy.table import Table

    with units.add_enabled_units([littleh]):
        try:
            names = list(load_ecsv(path, ())[0])
            chosen = [_by_number(path, names, name) for name in wanted]
            table, _ = load_ecsv(path, chosen)
            declared = {name: Table.read(path, format="ascii.ecsv")[name].unit for name in chosen}
        except CatalogError as cause:
            raise DataError(str(cause)) from cause
    return [
        Column(
            np.asarray(table[name], np.float64),
            None if declared[name] is None else declared[name].to_string(),
        )
        for name in chosen
    ]


def _by_number(path: Path, names: list[str], name: Name) -> str:
    if isinstance(name, str):
        _check_has(path, name, names)
        return name
    if not 0 <= name < len(names):
        raise DataError(f"{path}: no column {name}; it has {len(names)}, numbered from 0")
    return names[name]


def _hdf5_columns(path: Path, wanted: Sequence[Name]) -> list[Column]:
    import h5py

    try:
        with h5py.File(path, "r") as file:
            return [_dataset(path, file, name) for name in wanted]
    except OSError as cause:
        raise DataError(f"{path}: not an HDF5 file, or damaged: {cause}") from cause


def _dataset(path: Path, file: "h5py.File", name: Name) -> Column:
    import h5py

    if not isinstance(name, str):
        raise DataError(f"{path}: columns of an HDF5 file are datasets: name them, got {name}")
    known: list[str] = []
    file.visititems(lambda key, item: known.append(key) if isinstance(item, h5py.Dataset) else None)
    _check_has(path, name.strip("/"), known)
    dataset = file[name]
    unit = dataset.attrs.get("unit", dataset.attrs.get("units"))
    unit = unit.decode() if isinstance(unit, bytes) else unit
    if dataset.dtype.kind not in "fiu":
        raise DataError(f"{path}: dataset {name!r} does not hold numbers")
    return Column(np.asarray(dataset[()], np.float64), unit)


def _check_has(path: Path, name: str, known: Iterable[str]) -> None:
    if name not in known:
        raise DataError(f"{path}: no column {name!r}; it has {', '.join(known)}")


def _numbered(path: Path) -> np.ndarray:
    try:
        table = load_text(path)
    except (OSError, ValueError) as cause:
        raise DataError(f"{path}: not a table of numbers: {cause}") from cause
    if table.size == 0:
        raise DataError(f"{path}: there is no row in this table")
    return table


def _nth(path: Path, table: np.ndarray, number: int) -> np.ndarray:
    if not 0 <= number < table.shape[1]:
        raise DataError(f"{path}: no column {number}; it has {table.shape[1]}, numbered from 0")
    return table[:, number]
