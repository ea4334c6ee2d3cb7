"""One door for every format."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from halograd import _checks
from halograd.catalogs.column_map import ColumnMap
from halograd.catalogs.compaso import read_compaso
from halograd.catalogs.halo_catalog import HaloCatalog
from halograd.catalogs.hdf5 import read_halos
from halograd.catalogs.particles import Particles
from halograd.catalogs.sniff import sniff
from halograd.catalogs.table import read_particle_table, read_table
from halograd.errors import CatalogError

TABLES = ("hdf5", "parquet", "fits", "csv", "ecsv", "npz")
FORMATS = ("halograd", "compaso", *TABLES)

PathLike = str | os.PathLike[str]
Columns = ColumnMap | Mapping[str, Any] | PathLike


def read(
    path: PathLike,
    format: str | None = None,
    *,
    columns: Columns | None = None,
    particles: bool | None = None,
    clean: bool = True,
) -> HaloCatalog:
    """Read a halo catalogue of any format.

    Args:
        path: A file, or the folder of a CompaSO snapshot (`SimName/halos/z0.500`).
        format: "halograd" (what `HaloCatalog.save` writes), "compaso" (AbacusSummit), or a table:
            "hdf5", "parquet", "fits", "csv" (any text table, white space too), "ecsv" or "npz".
            Recognised by the content when not given.
        columns: For tables, what their columns are: a `ColumnMap`, a dictionary of its keys, or
            the path of a TOML file with them.
        particles: Whether to read the particles; when not given, those of a halograd file are
            and those of a CompaSO snapshot are not. Tables have none: see `read_particles`.
        clean: For CompaSO, whether to use the cleaned halos.

    Returns:
        The halos, in comoving Mpc/h, log10 Msun/h and km/s.

    Raises:
        CatalogError: Where the file is missing, damaged or of no known format, does not declare
            what is needed, or holds impossible values.
    """
    path, format = _located(path, format)
    if format in TABLES:
        if particles:
            raise CatalogError(f"{path}: a table of halos has no particles; use read_particles")
        return read_table(path, format, _column_map(path, columns))
    if columns is not None:
        raise CatalogError(f"{path}: a {format} catalogue declares its own columns; omit columns")
    if format == "halograd":
        return read_halos(path, particles=particles is not False)
    return read_compaso(path, clean=clean, particles=bool(particles))


def read_particles(
    path: PathLike, format: str | None = None, *, columns: Columns | None = None
) -> Particles:
    """Read the particles of a simulation from a table, or out of a catalogue that has them.

    Args:
        path: As for `read`.
        format: As for `read`.
        columns: For tables, as for `read`; `mass` may be a number, the mass of every particle.

    Returns:
        The particles, in comoving Mpc/h and Msun/h. `dataclasses.replace(halos,
        particles=particles)` puts them beside their halos.

    Raises:
        CatalogError: As `read`, and where a catalogue has no particles.
    """
    path, format = _located(path, format)
    if format in TABLES:
        return read_particle_table(path, format, _column_map(path, columns))
    particles = read(path, format, columns=columns, particles=True).particles
    if particles is None:
        raise CatalogError(f"{path}: this catalogue was saved without particles")
    return particles


def _located(path: PathLike, format: str | None) -> tuple[Path, str]:
    path = Path(path)
    if format is None:
        return path, sniff(path)
    if format not in FORMATS:
        hint = _checks.nearest(format, FORMATS)
        raise CatalogError(f"format must be one of {', '.join(FORMATS)}, got {format!r}{hint}")
    if not path.exists():
        raise CatalogError(f"{path}: no such file or folder; check the path")
    return path, format


def _column_map(path: Path, columns: Columns | None) -> ColumnMap:
    if columns is None:
        raise CatalogError(
            f"{path}: a table does not say what its columns are: give columns, a dictionary or a "
            "TOML file with position, position_unit, mass, mass_unit, boxsize and redshift"
        )
    if isinstance(columns, ColumnMap):
        return columns
    if isinstance(columns, str | os.PathLike):
        return ColumnMap.from_toml(columns)
    return ColumnMap.from_mapping(columns)
