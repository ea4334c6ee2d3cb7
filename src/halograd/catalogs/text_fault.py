"""What is wrong with the rows of a text table that could not be converted."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from math import isfinite
from pathlib import Path

from halograd.catalogs.text_header import TextHeader, split_line
from halograd.catalogs.text_stream import TextBlock, line_number
from halograd.errors import CatalogError


@dataclass(frozen=True)
class RowRules:
    """What every row of a table has to obey.

    Attributes:
        header: Of the table.
        places: The wanted columns, by name, and where they stand in a row.
        types: `int` or `float` for the columns that must be so.
        finite: Those that may be neither NaN nor infinite.
        comments: Whether lines that begin with `#` are no rows.
    """

    header: TextHeader
    places: Mapping[str, int]
    types: Mapping[str, type]
    finite: Collection[str]
    comments: bool

    def breach(self, line: bytes) -> str | None:
        """What is wrong with a line, None for a good one."""
        if not line.strip() or (self.comments and line.lstrip().startswith(b"#")):
            return None
        if not line.isascii() or b"\x00" in line:
            return "has characters beyond ASCII in the rows"
        entries = split_line(line.decode("ascii"), self.header.delimiter)
        if len(entries) != len(self.header.names):
            return f"has {len(entries)} entries for the {len(self.header.names)} columns"
        breaches = (self._entry_breach(name, entries) for name in self.types)
        return next((breach for breach in breaches if breach is not None), None)

    def _entry_breach(self, name: str, entries: list[str]) -> str | None:
        entry, kind = entries[self.places[name]], self.types[name]
        if _is(kind, entry) and (name not in self.finite or isfinite(float(entry))):
            return None
        needed = "a whole number" if kind is int else "a finite number"
        return f"has {entry[:40]!r} in column {name!r}, where {needed} must stand"


def raise_fault(path: Path, block: TextBlock, rules: RowRules) -> None:
    """Raise `CatalogError` for the first line of a block that breaks a rule; return without one."""
    start = block.start
    for line in block.content.split(b"\n"):
        breach = rules.breach(line)
        if breach is not None:
            raise CatalogError(
                f"{path}: line {line_number(path, start)} {breach}; fetch the file again, or "
                "repair that line"
            )
        start += len(line) + 1


def _is(kind: type, entry: str) -> bool:
    try:
        number = kind(entry)
    except ValueError:
        return False
    # Python also takes the underscores of 1_000, and whole numbers of any size.
    return "_" not in entry and (kind is float or abs(number) < 1 << 63)
