"""`[catalog]`: where the halos come from."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from halograd.config.section import Section

if TYPE_CHECKING:
    from halograd.catalogs import HaloCatalog

_MOCK_KEYS = ("seed", "boxsize", "log_mpeak_min", "redshift", "grid")
_FILE_KEYS = ("path", "format", "columns")


@dataclass(frozen=True)
class TableFile:
    """A file of halos or particles.

    Attributes:
        path: The file, or the folder of a snapshot.
        format: As in `catalogs.read`; recognised by the content where None.
        columns: The column map, as a mapping or as the path of a TOML file.
    """

    path: Path
    format: str | None = None
    columns: Mapping[str, Any] | Path | None = None


@dataclass(frozen=True)
class CatalogSection:
    """The halos, made or read.

    Attributes:
        mock: Arguments of `catalogs.mock_universe`, or None.
        file: The catalogue to read, or None.
        particles: Whether to make or read the matter too, or the file that holds it.
        log_mpeak_min: Lighter halos are dropped, log10 Msun/h; None keeps all.
    """

    mock: Mapping[str, Any] | None
    file: TableFile | None
    particles: bool | TableFile
    log_mpeak_min: float | None

    @classmethod
    def parse(cls, section: Section) -> "CatalogSection":
        """The checked section."""
        section.only("mock", *_FILE_KEYS, "particles", "log_mpeak_min")
        is_mock = section.one_of("mock", "path") == "mock"
        if is_mock:
            for key in ("format", "columns"):
                if key in section:
                    raise section.error(f"{key} goes with path, not with mock: remove it")
        return cls(
            mock=_mock(section.table("mock")) if is_mock else None,
            file=None if is_mock else _table_file(section),
            particles=_particles(section, is_mock),
            log_mpeak_min=section.number("log_mpeak_min", None),
        )

    @property
    def seed(self) -> int | None:
        """The seed of the mock universe, None for a catalogue from a file."""
        return None if self.mock is None else self.mock.get("seed", 0)

    def build(self) -> "HaloCatalog":
        """Make or read the halos.

        Raises:
            CatalogError: As `catalogs.read` and `catalogs.mock_universe`.
        """
        from halograd import catalogs

        if self.mock is not None:
            halos = catalogs.mock_universe(**self.mock, particles=self.particles)
        else:
            halos = _read(self.file, self.particles)
        if self.log_mpeak_min is None:
            return halos
        return halos[halos.log_mpeak >= self.log_mpeak_min]


def _mock(section: Section) -> dict[str, Any]:
    section.only(*_MOCK_KEYS)
    readers = {"seed": section.integer, "grid": section.integer}
    return {key: readers.get(key, section.number)(key) for key in section}


def _table_file(section: Section) -> TableFile:
    columns = section.content.get("columns")
    is_path = isinstance(columns, str)
    return TableFile(
        path=section.path("path"),
        format=section.text("format", None),
        columns=section.path("columns", None) if is_path else _column_table(section),
    )


def _column_table(section: Section) -> dict[str, Any] | None:
    """The column map, checked as far as that goes without its file."""
    if "columns" not in section:
        return None
    from halograd.catalogs import ColumnMap

    table = section.table("columns")
    table.checked(lambda: ColumnMap.from_mapping(table.content))
    return dict(table.content)


def _particles(section: Section, is_mock: bool) -> bool | TableFile:
    if isinstance(section.content.get("particles"), dict):
        if is_mock:
            raise section.error("a mock universe makes its own particles: give true or false")
        table = section.table("particles")
        table.only(*_FILE_KEYS)
        return _table_file(table)
    return section.flag("particles", is_mock)


def _read(file: TableFile, particles: bool | TableFile) -> "HaloCatalog":
    from halograd import catalogs

    own = particles if isinstance(particles, bool) and particles else None
    halos = catalogs.read(file.path, file.format, columns=file.columns, particles=own)
    if not isinstance(particles, TableFile):
        return halos
    matter = catalogs.read_particles(particles.path, particles.format, columns=particles.columns)
    return replace(halos, particles=matter)
