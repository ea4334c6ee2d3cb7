"""Halos and particles from any table, through a column map."""

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np

from halograd.catalogs.column_map import ColumnMap, MassColumn
from halograd.catalogs.cosmology import Cosmology
from halograd.catalogs.halo_catalog import HaloCatalog
from halograd.catalogs.hosts import host_index
from halograd.catalogs.particles import Particles
from halograd.catalogs.table_source import TableSource
from halograd.errors import CatalogError


def read_table(path: Path, format: str, columns: ColumnMap) -> HaloCatalog:
    """The halos in a table, in halograd's units.

    Raises:
        CatalogError: Where the file is damaged, the map lacks a declaration, or they disagree.
    """
    required = ("position", "position_unit", "mass", "mass_unit", "boxsize")
    columns.require(*required, *(() if columns.scale_factor is not None else ("redshift",)))
    if not isinstance(columns.mass, MassColumn):
        raise CatalogError(f"mass must name a column of halo masses, got {columns.mass}")
    source = TableSource(path, format, columns)
    kept = _kept(source)
    satellite = _is_satellite(source)[kept]
    halo_id, host_id = (_rows(source.integers(key), kept) for key in ("halo_id", "host_id"))
    return HaloCatalog(
        positions=_positions(source)[kept],
        log_mpeak=_log_mass(source, kept),
        boxsize=source.boxsize(),
        redshift=source.redshift(),
        is_satellite=satellite,
        velocities=_rows(_velocities(source), kept),
        halo_id=halo_id,
        host_index=None if host_id is None else host_index(halo_id, host_id, satellite),
        mass_proxy=_mass_proxy(columns),
        extra={name: source.column(old)[kept] for name, old in columns.extra.items()},
        cosmology=_cosmology(source),
        provenance=_provenance(source, int(np.count_nonzero(~kept))),
    )


def read_particle_table(path: Path, format: str, columns: ColumnMap) -> Particles:
    """The particles in a table, in halograd's units.

    Raises:
        CatalogError: As `read_table`.
    """
    columns.require("position", "position_unit", "mass", "mass_unit", "boxsize")
    source = TableSource(path, format, columns)
    one_mass = not isinstance(columns.mass, MassColumn)
    masses = np.full(source.n_row, columns.mass) if one_mass else _masses(source)
    if columns.mass_is_log10:
        masses = 10.0**masses
    return Particles(
        positions=_positions(source), masses=masses * source.mass_unit(), boxsize=source.boxsize()
    )


def _positions(source: TableSource) -> np.ndarray:
    corner = np.array(source.map.origin)
    positions = (source.vectors("position", source.map.position) - corner) * source.length_unit()
    return np.mod(positions, source.boxsize()) if source.map.wrap else positions


def _velocities(source: TableSource) -> np.ndarray | None:
    if source.map.velocity is None:
        return None
    values = source.vectors("velocity", source.map.velocity)
    if source.map.velocity_unit == "sqrt(a) km/s":
        return values / np.sqrt(1 + source.redshift())
    return values


def _masses(source: TableSource) -> np.ndarray:
    """Masses (or their logarithms) as the file has them, satellites from their own column."""
    mass = source.map.mass
    values = source.scalars(mass.column)
    if mass.satellites is None:
        return values
    if source.map.is_satellite is None:
        raise CatalogError(
            "mass names a column for satellites: add is_satellite, to say which rows those are"
        )
    return np.where(_is_satellite(source), source.scalars(mass.satellites), values)


def _kept(source: TableSource) -> np.ndarray:
    floor = source.map.min_mass
    if floor is None:
        return np.ones(source.n_row, bool)
    return _masses(source) >= (np.log10(floor) if source.map.mass_is_log10 else floor)


def _log_mass(source: TableSource, kept: np.ndarray) -> np.ndarray:
    values = _masses(source)[kept]
    log_unit = np.log10(source.mass_unit())
    if source.map.mass_is_log10:
        return values + log_unit
    if (values <= 0).any():
        raise CatalogError(
            f"{source.path}: {int((values <= 0).sum())} of {len(values)} masses in "
            f"{_mass_proxy(source.map)!r} are not positive and have no logarithm; drop those rows "
            "with min_mass (in mass_unit), or add mass_is_log10 = true if they are logarithms"
        )
    return np.log10(values) + log_unit


def _mass_proxy(columns: ColumnMap) -> str:
    mass = columns.mass
    satellites = f" ({mass.satellites} for satellites)" if mass.satellites else ""
    return columns.mass_proxy or mass.column + satellites


def _is_satellite(source: TableSource) -> np.ndarray:
    rule = source.map.is_satellite
    if rule is None:
        return np.zeros(source.n_row, bool)
    values = source.column(rule.column)
    wanted = rule.equal if rule.not_equal is None else rule.not_equal
    if wanted is None:
        if not np.isin(values, (0, 1)).all():
            raise CatalogError(
                f"{source.path}: column {rule.column!r} is not true or false; declare a rule such "
                f'as is_satellite = {{column = "{rule.column}", not_equal = 0}}'
            )
        return values.astype(bool)
    if isinstance(wanted, str) != (values.dtype.kind == "U"):
        raise CatalogError(
            f"{source.path}: is_satellite compares column {rule.column!r} ({values.dtype}) with "
            f"{wanted!r}, which is of another type; give a value of the column's type"
        )
    return values == wanted if rule.not_equal is None else values != wanted


def _cosmology(source: TableSource) -> Cosmology | None:
    declared = source.map.cosmology
    if declared is None:
        return None
    return Cosmology(
        **{
            key: source.declared_scalar(f"cosmology.{key}", value)
            for key, value in declared.items()
        }
    )


def _provenance(source: TableSource, n_dropped: int) -> dict[str, str]:
    declared = {key: value for key, value in asdict(source.map).items() if value is not None}
    entries = {
        "source": str(source.path),
        "format": source.format,
        "columns": json.dumps(declared, default=float),
    }
    if n_dropped:
        entries["dropped"] = f"{n_dropped} of {source.n_row} rows, below min_mass"
    return entries


def _rows(values: np.ndarray | None, kept: np.ndarray) -> np.ndarray | None:
    return None if values is None else values[kept]
