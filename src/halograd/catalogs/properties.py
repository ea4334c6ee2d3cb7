"""Further columns that a caller asks a reader for, found under the names that a format gives them.

A name is either a documented one ("v_max": see the page "The columns a catalogue can have"), in
whose unit the column then is, or one of the file itself ("Vmax@Mpeak"), whose column is kept as the
file has it. Either way it is in `HaloCatalog.extra` under the name that was asked for.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np

from halograd import _checks
from halograd.catalogs.derived import recipe
from halograd.catalogs.halo_catalog import PER_HALO
from halograd.errors import CatalogError

# Readers gather these columns with the others: their names begin so until all are read.
EXTRA = "extra/"


class Field(NamedTuple):
    """Where a format keeps a documented column.

    Attributes:
        columns: Its names in the file, the best first.
        unit: What the file's numbers are multiplied by.
    """

    columns: tuple[str, ...]
    unit: float = 1.0


def find_properties(
    path: Path,
    asked: Iterable[str],
    available: Iterable[str],
    fields: Mapping[str, Field],
    prefix: str = "",
) -> dict[str, tuple[str, float]]:
    """The columns of a file that hold what was asked for, and what they are multiplied by.

    Args:
        path: The file, for the message.
        asked: Documented names or names of the file, in any case; those of the schema, which every
            reader fills, are passed over.
        available: The names of the columns that the file has.
        fields: The documented names that the format has, in the order they are listed in.
        prefix: Of the names in the file, which may be left out.

    Returns:
        The file's name of each column and its unit, by `EXTRA` and the name it was asked for by.

    Raises:
        CatalogError: Where the file has no such column; the message lists those it has, with the
            nearest name.
    """
    available = list(available)
    by_folded = {name.casefold(): name for name in reversed(available)}
    found = {}
    for name in asked:
        if name in PER_HALO:
            continue
        field = fields.get(name, Field((name, prefix + name)))
        columns = [by_folded.get(column.casefold()) for column in field.columns]
        columns = [column for column in columns if column is not None]
        if name in available and name not in fields:
            columns = [name]
        if not columns:
            raise CatalogError(_missing(path, name, available, fields, set(by_folded)))
        found[EXTRA + name] = columns[0], field.unit
    return found


def with_unit(values: np.ndarray, unit: float) -> np.ndarray:
    """A column in its documented unit; as it is where the unit is 1. (n, ...)"""
    return values if unit == 1 else values * np.float64(unit)


def take_properties(rows: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The properties among columns by name, taken out of them, by the names they were asked for."""
    names = [name for name in rows if name.startswith(EXTRA)]
    return {name.removeprefix(EXTRA): rows.pop(name) for name in names}


def _missing(
    path: Path, name: str, available: list[str], fields: Mapping[str, Field], folded: set[str]
) -> str:
    made = recipe(name)
    if made is not None:
        return f"{path}: no column {name!r}, which follows from others: {made}"
    known = [
        field
        for field, (columns, _) in fields.items()
        if any(column.casefold() in folded for column in columns)
    ]
    listed = f"{', '.join(known)} (documented names) and " if known else ""
    own = ", ".join(available[:40]) + (", ..." if len(available) > 40 else "")
    hint = _checks.nearest(name, [*available, *known])
    return f"{path}: no column {name!r}; it has {listed}{own or 'none'}{hint}"
