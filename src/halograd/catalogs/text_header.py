"""What stands above the rows of a text table: comments, names, and how rows are split."""

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from typing import Any

from halograd.catalogs.text_stream import TextStream
from halograd.errors import CatalogError

# Far above any real header; without a bound, a damaged file could fill the memory.
_LONGEST = 1 << 20

# Consistent-trees numbers its columns in the header: "scale(0) id(1) ...".
_NUMBERED = re.compile(r"\(\d+\)$")


@dataclass(frozen=True)
class TextHeader:
    """The header of a text table.

    Attributes:
        comments: The commented lines, without their marks.
        names: Of the columns.
        delimiter: Between the entries of a row; " " stands for any white space.
    """

    comments: tuple[str, ...]
    names: tuple[str, ...]
    delimiter: str

    def metadata(self) -> dict[str, Any]:
        """What comments such as `key = number` or `key: text` declare; `;` separates several."""
        metadata: dict[str, Any] = {}
        for part in (part for line in self.comments for part in line.split(";")):
            key, mark, value = part.partition("=" if "=" in part else ":")
            words = value.split()
            numbers = [float(word) for word in takewhile(_is_real, words)]
            if mark and words:
                metadata.setdefault(key.strip(), _scalar_or_list(numbers) or value.strip())
        return metadata


def read_header(path: Path, stream: TextStream, wanted: Sequence[str] = ()) -> TextHeader:
    """Read the header off `stream`, which is left at the first row.

    The names come from a first row that is not all numbers, or from the commented line with as
    many entries as there are columns (of several, the first that has the `wanted` ones).

    Raises:
        CatalogError: Where there is no row, or nothing that names its columns.
    """
    comments, first = _opening(path, stream)
    delimiter = next((mark for mark in (",", "\t") if mark in first), " ")
    names = split_line(first, delimiter)
    if all(map(is_number, names)):
        names = _commented_names(path, comments, len(names), wanted)
        stream.put_back(first.encode())
    return TextHeader(tuple(comments), tuple(names), delimiter)


def split_line(line: str, delimiter: str) -> list[str]:
    """The entries of one line."""
    line = line.strip()
    if delimiter == " ":
        return line.split()
    reader = csv.reader([line], delimiter=delimiter, skipinitialspace=True)
    return [entry.strip() for entry in next(reader)]


def is_number(entry: str) -> bool:
    """Whether an entry is a number or a truth value."""
    try:
        float(entry)
    except ValueError:
        return entry.casefold() in {"true", "false"}
    return True


def without_number(name: str) -> str:
    """The name of a column that consistent-trees wrote as `name(7)`."""
    return _NUMBERED.sub("", name)


def _opening(path: Path, stream: TextStream) -> tuple[list[str], str]:
    """The comments at the top and the first row."""
    comments: list[str] = []
    length = 0
    while not stream.is_at_end:
        line = stream.next_line().decode("utf-8")
        length += len(line) + 1
        if length > _LONGEST:
            raise CatalogError(
                f"{path}: no row in the first {_LONGEST} bytes; check that this is a table, and "
                "shorten its header if it is"
            )
        if line.startswith("#"):
            comments.append(line[1:].strip())
        elif line.strip():
            return comments, line
    raise CatalogError(f"{path}: there is no row in this text table; fetch it again")


def _commented_names(
    path: Path, comments: list[str], n_column: int, wanted: Sequence[str]
) -> list[str]:
    candidates = []
    for line in comments:
        for names in (split_line(line, ",") if "," in line else [], line.split()):
            if len(names) == n_column:
                candidates.append([without_number(name) for name in names])
    if not candidates:
        raise CatalogError(
            f"{path}: no row or comment names its {n_column} columns; add a first line such as "
            "'# id x y z mvir'"
        )
    complete = (names for names in candidates if set(wanted) <= set(names))
    return next(complete, candidates[0])


def _is_real(word: str) -> bool:
    return is_number(word) and word.casefold() not in {"true", "false"}


def _scalar_or_list(numbers: list[float]) -> Any:
    return numbers[0] if len(numbers) == 1 else numbers
