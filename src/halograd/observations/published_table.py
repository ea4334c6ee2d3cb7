"""Measurements as their papers print them: one ECSV file each."""

from importlib.resources import as_file, files
from importlib.resources.abc import Traversable
from typing import TYPE_CHECKING, Any, NamedTuple

from halograd import _checks
from halograd.errors import DataError

if TYPE_CHECKING:
    from astropy.table import Table

_FOLDER = files(__package__) / "tables"
_SUFFIX = ".ecsv"


def names() -> tuple[str, ...]:
    """The published measurements there are, sorted."""
    found = (entry.name for entry in _FOLDER.iterdir() if entry.name.endswith(_SUFFIX))
    return tuple(sorted(name.removesuffix(_SUFFIX) for name in found))


def measured_statistics() -> set[str]:
    """The names of the statistics of which there are published measurements."""
    return {published_header(name).meta["statistic"] for name in names()}


def published_table(name: str) -> "Table":
    """The numbers of a measurement in the units of its paper, to compare digit by digit.

    Args:
        name: One of `names()`.

    Returns:
        An astropy table. Its columns declare their units, with `littleh` where the paper has
        powers of h; its `meta` holds statistic, samples, redshift range, h, IMF, reference,
        arXiv number and notes.

    Raises:
        DataError: For an unknown name; the nearest is named.
    """
    from astropy import units
    from astropy.cosmology.units import littleh
    from astropy.table import Table

    with as_file(_file(name)) as path, units.add_enabled_units([littleh]):
        return Table.read(path, format="ascii.ecsv")


class PublishedHeader(NamedTuple):
    """Units and metadata of a measurement, without its numbers.

    Attributes:
        units: Unit of each column by name, in order; None where it has none.
        meta: The `meta` of `published_table`.
    """

    units: dict[str, str | None]
    meta: dict[str, Any]


def published_header(name: str) -> PublishedHeader:
    """The head of `published_table`, for which astropy, slow to load, is not needed.

    Raises:
        DataError: For an unknown name; the nearest is named.
    """
    import yaml

    comments = (line[2:] for line in _lines(name) if line.startswith("# "))
    head = yaml.safe_load("\n".join(line for line in comments if not line.startswith("%")))
    units = {column["name"]: column.get("unit") for column in head["datatype"]}
    return PublishedHeader(units, dict(head["meta"]))


def published_digits(name: str) -> list[list[str]]:
    """The numbers of a measurement as text, with every digit that is printed, row by row.

    Raises:
        DataError: For an unknown name; the nearest is named.
    """
    _, *rows = (line.split() for line in _lines(name) if not line.startswith("#"))
    return rows


def _lines(name: str) -> list[str]:
    return _file(name).read_text(encoding="ascii").splitlines()


def _file(name: str) -> Traversable:
    if name not in names():
        hint = _checks.nearest(name, names())
        raise DataError(f"no published measurement {name!r}{hint}; there are {', '.join(names())}")
    return _FOLDER / f"{name}{_SUFFIX}"
