"""Columns and metadata out of text tables: CSV, white-space separated, ECSV."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from halograd.catalogs._reading import reading
from halograd.catalogs.growing_columns import GrowingColumns
from halograd.catalogs.text_header import TextHeader, read_header
from halograd.catalogs.text_rows import RowBlock, row_blocks
from halograd.catalogs.text_stream import text_stream
from halograd.errors import CatalogError

Columns = dict[str, np.ndarray]
# Where the metadata of an ECSV table hold the units of its columns, by name.
UNITS = "units of columns"
Progress = Callable[[int, int], None]


def load_csv(path: Path, wanted: Sequence[str]) -> tuple[Columns, dict[str, Any]]:
    """A table with `#` comments, then one row per line, split by commas, tabs or spaces.

    The names come from a first row that is not all numbers, or from the commented line with as
    many entries as there are columns (of several, the first that has the `wanted` ones).
    Comments such as `# BoxSize = 250.0` are its metadata. Columns that are not wanted are there
    without their rows.
    """
    gathered = GrowingColumns()
    columns: Columns = {}
    metadata: dict[str, Any] = {}
    for header, block in csv_blocks(path, wanted, only_present=True):
        columns, metadata = {name: np.empty(0) for name in header.names}, header.metadata()
        if block.columns:
            gathered.append(block.columns, block.done / block.total)
    return columns | gathered.finish(), metadata


def csv_blocks(
    path: Path, wanted: Sequence[str], *, only_present: bool = False
) -> Iterator[tuple[TextHeader, RowBlock]]:
    """The rows of such a table, block by block, each with the header; at least one block.

    Args:
        path: The file, which gzip, bzip2 or Zstandard may have compressed.
        wanted: Columns to read.
        only_present: Whether to pass over those that are not there.

    Raises:
        CatalogError: Where the file is damaged or lacks a wanted column.
    """
    with text_stream(path) as stream:
        header = read_header(path, stream, wanted)
        chosen = [name for name in wanted if not only_present or name in header.names]
        block = RowBlock({name: np.empty(0) for name in chosen}, 0, 1, 1)
        is_empty = True
        for block in row_blocks(path, stream, header, chosen) if chosen else ():
            is_empty = False
            yield header, block
        if is_empty:
            yield header, block


def csv_header(path: Path) -> TextHeader:
    """The header of such a table."""
    with text_stream(path) as stream:
        return read_header(path, stream)


def load_ecsv(path: Path, wanted: Sequence[str]) -> tuple[Columns, dict[str, Any]]:
    """An ECSV table; its `meta` is its metadata."""
    from astropy.table import Table

    with reading(path, "an ECSV table"):
        _require_last_newline(path)
        table = Table.read(path, format="ascii.ecsv")
        missing: Columns = {name: np.empty(0) for name in table.colnames if name not in wanted}
        present = [name for name in table.colnames if name in wanted]
        columns = _plain_columns(path, table[present]) if present else {}
        units = {name: str(getattr(table[name], "unit", None) or "") for name in present}
    return missing | columns, dict(table.meta) | {UNITS: units}


def _require_last_newline(path: Path) -> None:
    # A number cut in two is still a number: the only sign of a cut is the missing line end.
    with path.open("rb") as file:
        file.seek(0, 2)
        file.seek(max(file.tell() - 1, 0))
        if file.read() != b"\n":
            raise CatalogError(
                f"{path}: the last line has no end, so the file may be cut short; fetch it again, "
                "or add a newline if it is complete"
            )


def _plain_columns(path: Path, table: Any) -> Columns:
    """The columns as plain arrays, with `True` and `False` in words made truth values."""
    columns = {}
    for name in table.colnames:
        if getattr(table[name], "mask", None) is not None and np.any(table[name].mask):
            raise CatalogError(f"{path}: column {name!r} has empty cells; fill or drop those rows")
        values = np.asarray(table[name])
        if values.dtype.kind in "US":
            words = np.char.lower(values.astype(str))
            if np.isin(words, ("true", "false")).all():
                values = words == "true"
        columns[name] = values
    return columns
