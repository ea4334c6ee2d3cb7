"""`[catalog]`: where the halos come from."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from halograd.config.section import Section
from halograd.errors import ConfigError

if TYPE_CHECKING:
    from halograd.catalogs import HaloCatalog

_MOCK_KEYS = ("seed", "boxsize", "log_mpeak_min", "redshift", "grid")
_FILE_KEYS = ("path", "format", "columns")
_DECLARED_KEYS = ("boxsize", "redshift", "cosmology")
_COSMOLOGY_KEYS = ("omega_m", "h", "omega_b", "sigma8", "n_s")
# Rounding on the way to a mass and back must not drop a halo at the limit.
_ROUNDING = 1e-12


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
        declared: `boxsize`, `redshift` and `cosmology` for `catalogs.read`, those that were given.
        particles: Whether to make or read the matter too, or the file that holds it.
        log_mpeak_min: Lighter halos are dropped (while reading), log10 Msun/h; None keeps all.
        properties: Further columns to read, as in `catalogs.read`; those that the model looks at
            are read in any case.
    """

    mock: Mapping[str, Any] | None
    file: TableFile | None
    particles: bool | TableFile
    log_mpeak_min: float | None
    declared: Mapping[str, Any] = field(default_factory=dict)
    properties: tuple[str, ...] = ()

    @classmethod
    def parse(cls, section: Section) -> "CatalogSection":
        """The checked section."""
        section.only(
            *("mock", *_FILE_KEYS, *_DECLARED_KEYS, "particles", "log_mpeak_min", "properties")
        )
        is_mock = section.one_of("mock", "path") == "mock"
        if is_mock:
            for key in ("format", "columns", "properties", *_DECLARED_KEYS):
                if key in section:
                    raise section.error(f"{key} goes with path, not with mock: remove it")
        return cls(
            mock=_mock(section.table("mock")) if is_mock else None,
            file=None if is_mock else _table_file(section),
            particles=_particles(section, is_mock),
            log_mpeak_min=section.log_mass("log_mpeak_min", None),
            declared=_declared(section),
            properties=section.texts("properties", ()),
        )

    def with_properties(self, names: Iterable[str]) -> "CatalogSection":
        """The section with further columns to read from a file, those of the schema left out.

        A column that follows from others, such as that of hosts, needs those.
        """
        from halograd.catalogs.derived import sources
        from halograd.catalogs.halo_catalog import PER_HALO

        if self.mock is not None:
            return self
        further = sources(name for name in names if name not in self.properties)
        further = [name for name in further if name not in PER_HALO]
        return replace(self, properties=tuple(dict.fromkeys((*self.properties, *further))))

    @property
    def seed(self) -> int | None:
        """The seed of the mock universe, None for a catalogue from a file."""
        return None if self.mock is None else self.mock.get("seed", 0)

    def build(
        self,
        progress: Callable[[int, int], None] | None = None,
        *,
        particle_fraction: float | None = None,
        particle_seed: int = 0,
    ) -> "HaloCatalog":
        """Make or read the halos.

        Args:
            progress: As for `catalogs.read`.
            particle_fraction: As for `catalogs.read`.
            particle_seed: As for `catalogs.read`.

        Raises:
            CatalogError: As `catalogs.read` and `catalogs.mock_universe`.
        """
        if self.mock is not None:
            halos = self._mock_universe(particle_fraction, particle_seed)
        else:
            halos = self._read(progress, particle_fraction, particle_seed)
        if self.log_mpeak_min is None:
            return halos
        return halos[halos.log_mpeak >= self.log_mpeak_min]

    def _mock_universe(self, particle_fraction: float | None, seed: int) -> "HaloCatalog":
        from halograd import catalogs

        if particle_fraction is not None and not self.particles:
            raise ConfigError(
                "[lensing] asks for a part of the particles, but [catalog] makes none: leave "
                "particles = false out"
            )
        halos = catalogs.mock_universe(**self.mock, particles=self.particles)
        if particle_fraction is None:
            return halos
        return replace(halos, particles=halos.particles.subsample(particle_fraction, seed=seed))

    def _read(
        self,
        progress: Callable[[int, int], None] | None,
        particle_fraction: float | None,
        seed: int,
    ) -> "HaloCatalog":
        from halograd import catalogs

        has_own_file = isinstance(self.particles, TableFile)
        halos = catalogs.read(
            self.file.path,
            self.file.format,
            columns=self.file.columns,
            particles=True if self.particles is True else None,
            min_mass=self._min_mass,
            particle_fraction=None if has_own_file else particle_fraction,
            particle_seed=seed,
            progress=progress,
            properties=self.properties,
            **self.declared,
        )
        if not has_own_file:
            return halos
        simulation = {key: value for key, value in self.declared.items() if key != "cosmology"}
        matter = catalogs.read_particles(
            self.particles.path,
            self.particles.format,
            columns=self.particles.columns,
            fraction=particle_fraction,
            seed=seed,
            progress=progress,
            **simulation,
        )
        return replace(halos, particles=matter)

    @property
    def _min_mass(self) -> float | None:
        if self.log_mpeak_min is None:
            return None
        return 10**self.log_mpeak_min * (1 - _ROUNDING)


def _mock(section: Section) -> dict[str, Any]:
    section.only(*_MOCK_KEYS)
    readers = {"seed": section.integer, "grid": section.integer}
    return {key: readers.get(key, section.number)(key) for key in section}


def _declared(section: Section) -> dict[str, Any]:
    numbers = {
        "boxsize": section.number("boxsize", None, above=0),
        "redshift": section.number("redshift", None, above=-1),
    }
    found = numbers | {"cosmology": _cosmology(section) if "cosmology" in section else None}
    return {key: value for key, value in found.items() if value is not None}


def _cosmology(section: Section) -> dict[str, float]:
    """The parameters of the cosmology, or those that complete the file's."""
    from halograd.catalogs.read_options import ReadOptions

    table = section.table("cosmology")
    table.only(*_COSMOLOGY_KEYS)
    needs_all = "omega_m" in table or "h" in table
    required = ("omega_m", "h") if needs_all else ()
    given = {key: table.number(key) for key in _COSMOLOGY_KEYS if key in required or key in table}
    table.checked(lambda: ReadOptions(cosmology=given))
    return given


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
