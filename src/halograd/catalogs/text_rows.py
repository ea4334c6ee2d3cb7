"""The rows of a text table, converted block by block."""

import os
import re
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from halograd import _checks
from halograd.catalogs.picked_columns import picked_columns
from halograd.catalogs.text_fault import RowRules, raise_fault
from halograd.catalogs.text_header import TextHeader
from halograd.catalogs.text_stream import TextBlock, TextStream
from halograd.errors import CatalogError

if TYPE_CHECKING:
    import pyarrow

# More would only wait for the file, and hold its blocks in memory.
_WORKERS = min(os.cpu_count() or 1, 4)

_COMMENTS = re.compile(rb"(?m)^[ \t]*#[^\n]*\n")


@dataclass(frozen=True)
class RowBlock:
    """Some rows of a table, in columns.

    Attributes:
        columns: The wanted columns by name. (n_row,)
        first_row: The number of rows before these.
        done: Bytes of the file read so far.
        total: Bytes of the file.
    """

    columns: Mapping[str, np.ndarray]
    first_row: int
    done: int
    total: int


def row_blocks(
    path: Path,
    stream: TextStream,
    header: TextHeader,
    wanted: Sequence[str],
    *,
    types: Mapping[str, type] | None = None,
    may_be_nan: Set[str] = frozenset(),
    comments: bool = True,
) -> Iterator[RowBlock]:
    """The rows that follow the header, in order.

    Args:
        path: The file, for messages.
        stream: The file, at its first row.
        header: What `read_header` found.
        wanted: Columns to convert, at least one; the others are only counted.
        types: `int` or `float` for each wanted column, and all entries must be finite; told from
            the entries where not given.
        may_be_nan: Columns that need not be finite all the same.
        comments: Whether lines that begin with `#` may stand between the rows.

    Yields:
        Blocks of rows; there may be none.

    Raises:
        CatalogError: Where a row has another number of entries than there are names, or an entry
            is not what `types` says; the message names the line.
    """
    types = types or {}
    places = {name: _place(path, header, name) for name in wanted}
    rules = RowRules(header, places, types, types.keys() - may_be_nan, comments)
    parse = _Parser(path, rules)
    n_row = 0
    for block, columns in _in_order(parse, stream.blocks()):
        yield RowBlock(columns, n_row, block.done, block.total)
        n_row += len(next(iter(columns.values()), ()))


class _Parser:
    """Turns the bytes of a block into columns."""

    def __init__(self, path: Path, rules: RowRules) -> None:
        from pyarrow import csv, float64, int64

        self._path, self._rules = path, rules
        header, arrow_types = rules.header, {int: int64(), float: float64()}
        self._is_spaced = header.delimiter == " "
        self._picked = sorted(rules.places.values())
        present = self._picked if self._is_spaced else range(len(header.names))
        # Columns go by their places, since names may occur twice.
        self._read_options = csv.ReadOptions(
            column_names=[str(place) for place in present],
            # Blocks run side by side already.
            use_threads=False,
        )
        self._parse_options = csv.ParseOptions(
            delimiter=header.delimiter, quote_char=False if self._is_spaced else '"'
        )
        self._convert_options = csv.ConvertOptions(
            include_columns=[str(place) for place in rules.places.values()],
            column_types={
                str(rules.places[name]): arrow_types[kind] for name, kind in rules.types.items()
            },
            null_values=[""],
            strings_can_be_null=True,
            timestamp_parsers=[],
        )

    def __call__(self, block: TextBlock) -> dict[str, np.ndarray]:
        rules, content = self._rules, block.content
        if not content.isascii() or b"\x00" in content:
            raise_fault(self._path, block, rules)
        if rules.comments and b"#" in content:
            content = _COMMENTS.sub(b"", content)
        if not content or content.isspace():
            return {name: np.empty(0, rules.types.get(name)) for name in rules.places}
        table = self._table(block, content)
        columns = {
            name: _plain(self._path, name, table.column(str(place)))
            for name, place in rules.places.items()
        }
        if not all(np.isfinite(columns[name]).all() for name in rules.finite):
            raise_fault(self._path, block, rules)
        return columns

    def _table(self, block: TextBlock, content: bytes) -> "pyarrow.Table":
        from pyarrow import ArrowInvalid, csv, py_buffer

        try:
            return csv.read_csv(
                py_buffer(self._delimited(content)),
                read_options=self._read_options,
                parse_options=self._parse_options,
                convert_options=self._convert_options,
            )
        except ArrowInvalid as cause:
            raise_fault(self._path, block, self._rules)
            raise CatalogError(
                f"{self._path}: a row cannot be split ({cause}); fetch the file again, or repair it"
            ) from cause

    def _delimited(self, content: bytes) -> bytes | np.ndarray:
        """The rows as pyarrow takes them."""
        from pyarrow import ArrowInvalid

        header = self._rules.header
        if not self._is_spaced:
            # A quote counts as one only next to the delimiter.
            mark = header.delimiter.encode()
            return content.replace(mark + b' "', mark + b'"')
        picked = picked_columns(content, self._picked, len(header.names))
        if picked is None:
            raise ArrowInvalid("another number of entries than of columns")
        return picked


def _place(path: Path, header: TextHeader, name: str) -> int:
    places = [place for place, other in enumerate(header.names) if other == name]
    if not places:
        hint = _checks.nearest(name, header.names)
        listed = ", ".join(header.names[:40]) + (", ..." if len(header.names) > 40 else "")
        raise CatalogError(f"{path}: no column {name!r}; it has: {listed}{hint}")
    if len(places) > 1:
        raise CatalogError(f"{path}: {len(places)} columns are named {name!r}; rename all but one")
    return places[0]


def _plain(path: Path, name: str, column: "pyarrow.ChunkedArray") -> np.ndarray:
    """The column as a plain array; text as fixed-length strings."""
    from pyarrow import string, types

    if column.null_count:
        raise CatalogError(f"{path}: column {name!r} has empty cells; fill or drop those rows")
    if types.is_integer(column.type) or types.is_floating(column.type):
        # Unlike to_numpy, this does not import pandas.
        return np.concatenate([np.from_dlpack(chunk) for chunk in column.chunks])
    if types.is_boolean(column.type):
        return column.to_numpy().astype(bool)
    words = np.char.strip(column.cast(string()).to_numpy().astype(str))
    lowered = np.char.lower(words)
    return lowered == "true" if np.isin(lowered, ("true", "false")).all() else words


def _in_order(
    parse: Callable[[TextBlock], dict[str, np.ndarray]], blocks: Iterator[TextBlock]
) -> Iterator[tuple[TextBlock, dict[str, np.ndarray]]]:
    """Each block with its columns, some blocks being parsed at a time."""
    with ThreadPoolExecutor(_WORKERS) as pool:
        under_way = deque((block, pool.submit(parse, block)) for block in islice(blocks, _WORKERS))
        while under_way:
            block, columns = under_way.popleft()
            under_way.extend((more, pool.submit(parse, more)) for more in islice(blocks, 1))
            yield block, columns.result()
