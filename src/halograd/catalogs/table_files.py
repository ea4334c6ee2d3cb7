"""Columns and metadata out of HDF5, FITS, Parquet and npz files."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from halograd import _checks
from halograd.catalogs._reading import reading
from halograd.catalogs.hdf5_column import check_stored
from halograd.catalogs.text_table import UNITS, csv_blocks, load_csv, load_ecsv
from halograd.errors import CatalogError

if TYPE_CHECKING:
    import h5py
    import pyarrow


@dataclass(frozen=True)
class Table:
    """The wanted columns of a file, or of some of its rows, and its metadata.

    Attributes:
        columns: By name. (n_row, ...)
        metadata: By name.
        units: What the file says of the units of its columns, by name.
        first_row: The number of rows before these.
        done: How much of the file has been read with these, of `total`.
        total: The whole of the file.
    """

    columns: Mapping[str, np.ndarray]
    metadata: Mapping[str, Any]
    units: Mapping[str, str] = field(default_factory=dict)
    first_row: int = 0
    done: int = 1
    total: int = 1


def table_blocks(
    path: Path, format: str, wanted: Sequence[str], *, group: str | None, hdu: int | str | None
) -> Iterator[Table]:
    """The table at `path` in one or more blocks of rows: text is read piece by piece.

    Raises:
        CatalogError: As `load_table`.
    """
    if format != "csv":
        yield load_table(path, format, wanted, group=group, hdu=hdu)
        return
    for header, block in csv_blocks(path, wanted):
        yield Table(
            block.columns,
            header.metadata(),
            first_row=block.first_row,
            done=block.done,
            total=block.total,
        )


def load_table(
    path: Path, format: str, wanted: Sequence[str], *, group: str | None, hdu: int | str | None
) -> Table:
    """The `wanted` columns of the table at `path`.

    Raises:
        CatalogError: Where the file is damaged, or lacks a column, the group or the HDU.
    """
    if format == "hdf5":
        return _load_hdf5(path, wanted, group)
    if format == "fits":
        return _load_fits(path, wanted, hdu)
    columns, metadata = _PLAIN_LOADERS[format](path, wanted)
    check_columns(path, wanted, columns)
    units = metadata.pop(UNITS, {})
    return Table({name: columns[name] for name in wanted}, metadata, units)


def refuse_nulls(path: Path, name: str, n_null: int) -> None:
    """Raise where entries of a column are missing, whatever stands in their place."""
    if n_null:
        raise CatalogError(
            f"{path}: {int(n_null)} values of {name!r} are null (missing or masked); drop those "
            "rows, or fill them"
        )


def check_columns(path: Path, wanted: Iterable[str], available: Iterable[str]) -> None:
    """Raise for the first wanted column that is not there, naming the nearest that is."""
    available = list(available)
    for name in wanted:
        if name not in available:
            hint = _checks.nearest(name, available)
            listed = ", ".join(available[:40]) + (", ..." if len(available) > 40 else "")
            raise CatalogError(f"{path}: no column {name!r}; it has: {listed or 'none'}{hint}")


def _load_hdf5(path: Path, wanted: Sequence[str], group: str | None) -> Table:
    import h5py

    with reading(path, "an HDF5 table"), h5py.File(path, "r") as file:
        where = file if group is None else file.get(group)
        if where is None:
            listed = ", ".join(_hdf5_tables(file)) or "none"
            raise CatalogError(f"{path}: no HDF5 group {group!r}; groups and tables: {listed}")
        if isinstance(where, h5py.Dataset):
            columns = _compound_columns(path, where, wanted)
        else:
            columns = _group_columns(path, where, wanted)
        attributes = _hdf5_attributes(file, where)
        units = {name: _hdf5_unit(where, name) for name in wanted}
    return Table(columns, attributes, units)


def _compound_columns(
    path: Path, dataset: "h5py.Dataset", wanted: Sequence[str]
) -> dict[str, np.ndarray]:
    if dataset.dtype.names is None:
        raise CatalogError(f"{path}: {dataset.name} is a single array; set group to its parent")
    check_columns(path, wanted, dataset.dtype.names)
    check_stored(path, dataset, may_be_elsewhere=True)

    def load(names: list[str]) -> dict[str, np.ndarray]:
        rows = dataset.fields(names)[:]
        return {name: rows[name] for name in names}

    return _without_masked(path, wanted, dataset.dtype.names, load)


def _group_columns(path: Path, group: "h5py.Group", wanted: Sequence[str]) -> dict[str, np.ndarray]:
    import h5py

    available, tables = [], []

    def visit(name: str, item: object) -> None:
        if isinstance(item, h5py.Dataset) and item.dtype.names:
            tables.append(f"{group.name.rstrip('/')}/{name}".lstrip("/"))
        elif isinstance(item, h5py.Dataset) and item.ndim:
            available.append(name)

    group.visititems(visit)
    missing = [name for name in wanted if name not in available]
    if missing and tables:
        raise CatalogError(
            f"{path}: no column {missing[0]!r} in group {group.name!r}, but there are tables: "
            f"set group to one of {', '.join(tables)}"
        )
    check_columns(path, wanted, available)
    for name in wanted:
        check_stored(path, group[name], may_be_elsewhere=True)
        _check_fill_value(path, name, group[name])
    return _without_masked(
        path, wanted, available, lambda names: {name: group[name][:] for name in names}
    )


def _check_fill_value(path: Path, name: str, dataset: "h5py.Dataset") -> None:
    """Raise where entries are the number that netCDF declares for missing ones."""
    for key in ("_FillValue", "missing_value"):
        if key in dataset.attrs:
            n_missing = np.count_nonzero(np.isin(dataset[:], np.atleast_1d(dataset.attrs[key])))
            refuse_nulls(path, name, n_missing)


def _without_masked(
    path: Path,
    wanted: Sequence[str],
    available: Iterable[str],
    load: Callable[[list[str]], dict[str, np.ndarray]],
) -> dict[str, np.ndarray]:
    """The wanted columns; astropy writes a mask of `x` as the truth values `x.mask` beside it."""
    available = set(available)
    masks = [f"{name}.mask" for name in dict.fromkeys(wanted) if f"{name}.mask" in available]
    columns = load([*dict.fromkeys(wanted), *masks])
    for mask in masks:
        refuse_nulls(path, mask.removesuffix(".mask"), np.count_nonzero(columns.pop(mask)))
    return columns


def _hdf5_unit(where: Any, name: str) -> str:
    """What a dataset says of its unit, as OpenCosmo, h5py's users and netCDF write it."""
    if getattr(where, "dtype", None) is not None:
        return ""  # a compound dataset has no attributes for each of its columns
    attributes = where[name].attrs
    found = next((attributes[key] for key in ("unit", "units") if key in attributes), "")
    return found.decode("utf-8", "replace") if isinstance(found, bytes) else str(found)


def _hdf5_tables(file: "h5py.File") -> list[str]:
    import h5py

    names: list[str] = []

    def visit(name: str, item: object) -> None:
        if isinstance(item, h5py.Group) or item.dtype.names:
            names.append(name)

    file.visititems(visit)
    return names


def _hdf5_attributes(file: "h5py.File", where: Any) -> dict[str, Any]:
    """Attributes under "group/name", and under the bare name for `where` and its parents."""
    attributes: dict[str, Any] = {}

    def visit(name: str, item: Any) -> None:
        attributes.update({f"{name}/{key}": value for key, value in item.attrs.items()})

    file.visititems(visit)
    lineage = [where]
    while lineage[-1].name != "/":
        lineage.append(lineage[-1].parent)
    for item in reversed(lineage):
        attributes.update(item.attrs.items())
    return attributes


def _load_fits(path: Path, wanted: Sequence[str], hdu: int | str | None) -> Table:
    from astropy.io import fits

    # Given a path, astropy and NumPy would leave the file open when it turns out damaged.
    with (
        reading(path, "a FITS table"),
        path.open("rb") as stream,
        fits.open(stream, memmap=False) as file,
    ):
        table = _fits_table(path, file, hdu)
        layout = table.fileinfo()
        if layout["datLoc"] + layout["datSpan"] > os.path.getsize(path):
            raise CatalogError(f"{path}: the FITS table is cut short; fetch the file again")
        check_columns(path, wanted, table.columns.names)
        for name in wanted:
            refuse_nulls(path, name, _n_fits_null(table, name))
        columns = _without_masked(
            path,
            wanted,
            table.columns.names,
            lambda names: {name: _native(table.data[name]) for name in names},
        )
        metadata = {**file[0].header, **table.header}
        units = {name: str(table.columns[name].unit or "") for name in wanted}
    return Table(columns, metadata, units)


def _n_fits_null(table: Any, name: str) -> int:
    """How many entries of a column are undefined, by its TNULL or, of truth values, by being none.

    FITS has NaN for undefined floating-point numbers.
    """
    column, stored = table.columns[name], table.data.view(np.ndarray)[name]
    if str(column.format) == "L":
        return int(np.count_nonzero((stored != ord("T")) & (stored != ord("F"))))
    if column.null in (None, ""):
        return 0
    if stored.dtype.kind == "S":
        return int(np.count_nonzero(np.char.strip(stored) == str(column.null).strip().encode()))
    return int(np.count_nonzero(stored == column.null))


def _fits_table(path: Path, file: Any, hdu: int | str | None) -> Any:
    from astropy.io import fits

    tables = [item for item in file if isinstance(item, fits.BinTableHDU | fits.TableHDU)]
    if hdu is None and tables:
        return tables[0]
    if hdu is not None and hdu in file and file[hdu] in tables:
        return file[hdu]
    listed = ", ".join(f"{file.index_of(item)} {item.name!r}" for item in tables) or "none"
    raise CatalogError(f"{path}: no FITS table at HDU {hdu!r}; tables: {listed}")


def _native(values: np.ndarray) -> np.ndarray:
    return np.asarray(values, dtype=values.dtype.newbyteorder("="))


def _load_parquet(
    path: Path, wanted: Sequence[str]
) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    from pyarrow import parquet

    with reading(path, "a Parquet table"), parquet.ParquetFile(path) as file:
        schema = file.schema_arrow
        check_columns(path, wanted, schema.names)
        columns = _without_masked(
            path, wanted, schema.names, lambda names: _arrow_columns(path, file, names)
        )
    pairs = (schema.metadata or {}).items()
    return columns, {key.decode(): value.decode(errors="replace") for key, value in pairs}


def _arrow_columns(path: Path, file: Any, names: list[str]) -> dict[str, np.ndarray]:
    table = file.read(columns=names)
    return {name: _from_arrow(path, name, table.column(name)) for name in names}


def _from_arrow(path: Path, name: str, column: "pyarrow.ChunkedArray") -> np.ndarray:
    from pyarrow import compute, types

    refuse_nulls(path, name, column.null_count)
    values = column.combine_chunks()
    lists = (types.is_list, types.is_large_list, types.is_fixed_size_list)
    if types.is_dictionary(values.type):
        values = values.dictionary_decode()
        refuse_nulls(path, name, values.null_count)
    if not any(is_it(values.type) for is_it in lists):
        return values.to_numpy(zero_copy_only=False)
    if len(compute.unique(compute.list_value_length(values))) > 1:
        raise CatalogError(f"{path}: the lists in column {name!r} differ in length")
    entries = values.flatten()
    refuse_nulls(path, name, entries.null_count)
    flat = entries.to_numpy(zero_copy_only=False)
    return flat.reshape(len(values), -1) if len(values) else np.empty((0, 3), flat.dtype)


def _load_npz(path: Path, wanted: Sequence[str]) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    with (
        reading(path, "an npz file"),
        path.open("rb") as stream,
        np.load(stream, allow_pickle=False) as file,
    ):
        check_columns(path, wanted, file.files)
        columns = _without_masked(
            path, wanted, file.files, lambda names: {name: file[name] for name in names}
        )
        others = (name for name in file.files if name not in columns)
        metadata = {name: value for name in others if (value := file[name]).ndim == 0}
    return columns, metadata


_PLAIN_LOADERS = {"parquet": _load_parquet, "npz": _load_npz, "csv": load_csv, "ecsv": load_ecsv}
