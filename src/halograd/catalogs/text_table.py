"""Columns and metadata out of text tables: CSV, white-space separated, ECSV."""

import csv
import re
from collections.abc import Sequence
from itertools import takewhile
from pathlib import Path
from typing import Any

import numpy as np

from halograd.catalogs._reading import reading
from halograd.errors import CatalogError

Columns = dict[str, np.ndarray]

# Consistent-trees numbers its columns in the header: "scale(0) id(1) ...".
_NUMBERED = re.compile(r"\(\d+\)$")


def load_csv(path: Path, wanted: Sequence[str]) -> tuple[Columns, dict[str, Any]]:
    """A table with `#` comments, then one row per line, split by commas, tabs or spaces.

    The names come from a first row that is not all numbers, or from the commented line with as
    many entries as there are columns (of several, the first that has the `wanted` ones).
    Comments such as `# BoxSize = 250.0` are its metadata.
    """
    with reading(path, "a text table"):
        comments, first, rest = _opening(path)
        delimiter = next((mark for mark in (",", "\t") if mark in first), " ")
        names = _split(first, delimiter)
        if all(map(_is_number, names)):
            names = _commented_names(path, comments, len(names), wanted)
            rest = first + rest
        columns: Columns = {name: np.empty(0) for name in names}
        if rest.strip():
            columns |= _rows(path, rest, delimiter, names, wanted)
    return columns, _comment_metadata(comments)


def load_ecsv(path: Path, wanted: Sequence[str]) -> tuple[Columns, dict[str, Any]]:
    """An ECSV table; its `meta` is its metadata."""
    from astropy.table import Table

    with reading(path, "an ECSV table"):
        _require_last_newline(path)
        table = Table.read(path, format="ascii.ecsv")
        missing: Columns = {name: np.empty(0) for name in table.colnames if name not in wanted}
        present = [name for name in table.colnames if name in wanted]
        columns = _plain_columns(path, table[present]) if present else {}
    return missing | columns, dict(table.meta)


def _opening(path: Path) -> tuple[list[str], str, str]:
    """The comments at the top, the first row with its line end, and all that follows."""
    _require_last_newline(path)
    comments = []
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            if line.startswith("#"):
                comments.append(line[1:].strip())
            elif line.strip():
                return comments, line, lines.read()
    raise CatalogError(f"{path}: there is no row in this text table")


def _rows(
    path: Path, rows: str, delimiter: str, names: list[str], wanted: Sequence[str]
) -> Columns:
    from astropy.io import ascii as text

    if not rows.isascii():
        raise CatalogError(f"{path}: characters beyond ASCII in the rows; replace them")
    table = text.read(
        rows,
        format="fast_no_header",
        guess=False,
        names=names,
        include_names=[name for name in names if name in wanted],
        comment="#",
        delimiter=delimiter,
    )
    return _plain_columns(path, table)


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


def _split(line: str, delimiter: str) -> list[str]:
    line = line.strip()
    if delimiter == " ":
        return line.split()
    reader = csv.reader([line], delimiter=delimiter, skipinitialspace=True)
    return [entry.strip() for entry in next(reader)]


def _is_number(entry: str) -> bool:
    try:
        float(entry)
    except ValueError:
        return entry.casefold() in {"true", "false"}
    return True


def _commented_names(
    path: Path, comments: list[str], n_column: int, wanted: Sequence[str]
) -> list[str]:
    candidates = []
    for line in comments:
        for names in (_split(line, ",") if "," in line else [], line.split()):
            if len(names) == n_column:
                candidates.append([_NUMBERED.sub("", name) for name in names])
    if not candidates:
        raise CatalogError(
            f"{path}: no row or comment names its {n_column} columns; add a first line such as "
            "'# id x y z mvir'"
        )
    complete = (names for names in candidates if set(wanted) <= set(names))
    return next(complete, candidates[0])


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


def _comment_metadata(comments: list[str]) -> dict[str, Any]:
    """What `key = number` (or `key: text`) comments declare; several stand apart by `;`."""
    metadata: dict[str, Any] = {}
    for part in (part for line in comments for part in line.split(";")):
        key, mark, value = part.partition("=" if "=" in part else ":")
        words = value.split()
        numbers = [float(word) for word in takewhile(_is_real, words)]
        if mark and words:
            metadata.setdefault(key.strip(), _scalar_or_list(numbers) or value.strip())
    return metadata


def _is_real(word: str) -> bool:
    return _is_number(word) and word.casefold() not in {"true", "false"}


def _scalar_or_list(numbers: list[float]) -> Any:
    return numbers[0] if len(numbers) == 1 else numbers
