"""One door for every format."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from halograd import _checks
from halograd.catalogs._reader_checks import check_halo_masses
from halograd.catalogs.column_map import ColumnMap
from halograd.catalogs.halo_catalog import PER_HALO, HaloCatalog
from halograd.catalogs.hdf5 import read_halos
from halograd.catalogs.particles import Particles
from halograd.catalogs.properties import find_properties
from halograd.catalogs.read_options import ReadOptions
from halograd.catalogs.sniff import sniff
from halograd.catalogs.table import read_particle_table, read_table
from halograd.errors import CatalogError
from halograd.registries import FORMATS
from halograd.theory.cosmology import Cosmology

TABLES = ("hdf5", "parquet", "fits", "csv", "ecsv", "npz")
PathLike = str | os.PathLike[str]
Columns = ColumnMap | Mapping[str, Any] | PathLike
Progress = Callable[[int, int], None]


def read(
    path: PathLike,
    format: str | None = None,
    *,
    columns: Columns | None = None,
    particles: bool | None = None,
    clean: bool = True,
    boxsize: float | None = None,
    redshift: float | None = None,
    cosmology: Cosmology | Mapping[str, float] | None = None,
    min_mass: float | None = None,
    particle_fraction: float | None = None,
    particle_seed: int = 0,
    properties: Iterable[str] = (),
    progress: Progress | None = None,
) -> HaloCatalog:
    """Read a halo catalogue of any format.

    Args:
        path: A file, or the folder of a snapshot that is spread over files.
        format: Recognised by the content when not given. "halograd" is what `HaloCatalog.save`
            writes. Simulations: "rockstar" (hlist_*.list of consistent-trees and out_*.list),
            "halotools", "universemachine", "compaso" (AbacusSummit), "hacc" (OpenCosmo and cores),
            "gadget" (Subfind, IllustrisTNG, GADGET-4) and "millennium". Tables: "hdf5", "parquet",
            "fits", "csv" (any text table, white space too), "ecsv" and "npz". Text may be
            compressed. Installed packages add further ones, which `halograd plugins` lists.
        columns: For tables, what their columns are: a `ColumnMap`, a dictionary of its keys, or
            the path of a TOML file with them. With them, and no `format`, the layout of a
            simulation is read as a plain table.
        particles: Whether to read the particles; when not given, those of a halograd file are
            and others are not. Tables have none: see `read_particles`.
        clean: For CompaSO, whether to use the cleaned halos.
        boxsize: Side of the periodic box in comoving Mpc/h, where the file does not declare it.
        redshift: Of the snapshot, where the file does not declare it.
        cosmology: Of the simulation, where the file does not declare it; or a dictionary of those
            of its parameters that the file lacks.
        min_mass: Halos of a lower mass, in Msun/h, are dropped while reading and counted in
            `provenance["dropped"]`.
        particle_fraction: Read the particles, but take each with this chance only, so that no
            more than those taken are ever in memory; they are heavier by the inverse of the share
            that was taken, which `particles.fraction` tells. Above 0 and up to 1.
        particle_seed: Of that draw; it depends on nothing else than the order in the file.
        properties: Names of further columns to keep in `HaloCatalog.extra`, such as ("v_max",
            "halfmass_scale"): documented names (see the page "The columns a catalogue can have"),
            whose columns come in the unit that stands there, or names of the file, in any case,
            whose columns are kept as they are. Columns of the schema need not be asked for.
        progress: Called with (done, total), in bytes or rows, while reading.

    Returns:
        The halos, in comoving Mpc/h, log10 Msun/h and km/s.

    Raises:
        CatalogError: Where the file is missing, damaged or of no known format, does not declare
            what is needed, declares something else than the caller, or holds impossible values.
    """
    options = ReadOptions(
        boxsize=boxsize,
        redshift=redshift,
        cosmology=cosmology,
        min_mass=min_mass,
        particles=bool(particles) or particle_fraction is not None,
        particle_fraction=particle_fraction,
        particle_seed=particle_seed,
        properties=properties,
        progress=progress,
        clean=clean,
    )
    if particles is False and particle_fraction is not None:
        raise CatalogError("particle_fraction asks for particles: give particles=True, or omit it")
    path, format = _located(path, format, columns)
    with _naming(path):
        if format not in TABLES and columns is not None:
            raise CatalogError(f"a {format} catalogue declares its own columns; omit columns")
        if format == "halograd":
            return _read_own(path, options, particles=particles is not False)
        if format in TABLES:
            halos = _read_table(path, format, columns, options)
        else:
            halos = FORMATS[format]().read(path, options)
        check_halo_masses(halos.log_mpeak)
        return halos


def read_particles(
    path: PathLike,
    format: str | None = None,
    *,
    columns: Columns | None = None,
    boxsize: float | None = None,
    redshift: float | None = None,
    fraction: float | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> Particles:
    """Read the particles of a simulation from a table, or out of a catalogue that has them.

    Args:
        path: As for `read`.
        format: As for `read`.
        columns: For tables, as for `read`; `mass` may be a number, the mass of every particle.
        boxsize: As for `read`.
        redshift: As for `read`.
        fraction: As `particle_fraction` of `read`.
        seed: As `particle_seed` of `read`.
        progress: As for `read`.

    Returns:
        The particles, in comoving Mpc/h and Msun/h. `dataclasses.replace(halos,
        particles=particles)` puts them beside their halos.

    Raises:
        CatalogError: As `read`, and where a catalogue has no particles.
    """
    path, format = _located(path, format, columns)
    declared = {
        **{"boxsize": boxsize, "redshift": redshift, "progress": progress},
        **{"particle_fraction": fraction, "particle_seed": seed},
    }
    if format in TABLES:
        with _naming(path):
            return read_particle_table(path, format, _column_map(columns), ReadOptions(**declared))
    particles = read(path, format, columns=columns, particles=True, **declared).particles
    if particles is None:
        raise CatalogError(f"{path}: this catalogue was saved without particles")
    return particles


def _located(path: PathLike, format: str | None, columns: Columns | None) -> tuple[Path, str]:
    path = Path(path)
    if format is None:
        return path, sniff(path, as_table=columns is not None)
    names = ("halograd", *FORMATS, *TABLES)
    if format not in names:
        hint = _checks.nearest(format, names)
        raise CatalogError(f"format must be one of {', '.join(names)}, got {format!r}{hint}")
    if not path.exists():
        raise CatalogError(f"{path}: no such file or folder; check the path")
    return path, format


@contextmanager
def _naming(path: Path) -> Iterator[None]:
    """Put the file before an error of what was found in it."""
    try:
        yield
    except CatalogError as cause:
        if str(path) in str(cause):
            raise
        raise CatalogError(f"{path}: {cause}") from cause


def _read_table(
    path: Path, format: str, columns: Columns | None, options: ReadOptions
) -> HaloCatalog:
    if options.particles:
        raise CatalogError("a table of halos has no particles; use read_particles")
    declared = _column_map(columns)
    asked = [name for name in options.properties if name not in (*PER_HALO, *declared.extra)]
    extra = {**declared.extra, **{name: name for name in asked}}
    return read_table(path, format, replace(declared, extra=extra), options)


def _column_map(columns: Columns | None) -> ColumnMap:
    if columns is None:
        raise CatalogError(
            "a table does not say what its columns are: give columns, a dictionary or a TOML file "
            "with position, position_unit, mass, mass_unit, boxsize and redshift"
        )
    if isinstance(columns, ColumnMap):
        return columns
    if isinstance(columns, str | os.PathLike):
        return ColumnMap.from_toml(columns)
    return ColumnMap.from_mapping(columns)


def _read_own(path: Path, options: ReadOptions, *, particles: bool) -> HaloCatalog:
    """Halograd's own file, held against what the caller declares."""
    halos = read_halos(path, particles=particles)
    if options.particle_fraction is not None:
        halos = replace(halos, particles=_drawn(path, halos.particles, options))
    find_properties(path, options.properties, halos.extra, {})
    options.agreed("boxsize", path, halos.boxsize)
    options.agreed("redshift", path, halos.redshift)
    cosmology = options.agreed("cosmology", path, halos.cosmology)
    halos = halos if cosmology == halos.cosmology else replace(halos, cosmology=cosmology)
    options.report(1, 1)
    if options.min_mass is None:
        return halos
    kept = halos.log_mpeak >= np.log10(options.min_mass)
    dropped = f"{int(np.count_nonzero(~kept))} of {len(halos)} rows, below min_mass"
    return replace(halos[kept], provenance={**halos.provenance, "dropped": dropped})


def _drawn(path: Path, matter: Particles | None, options: ReadOptions) -> Particles:
    """A random part of the particles of halograd's own file, which is always read whole."""
    if matter is None:
        raise CatalogError(f"{path}: this catalogue was saved without particles")
    draw = options.particle_draw()
    chosen = draw.chosen(len(matter))
    return draw.particles(
        matter.positions[chosen], matter.masses[chosen], matter.boxsize, matter.fraction
    )
