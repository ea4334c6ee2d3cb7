"""Halos and particles from any table, through a column map."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import numpy as np

from halograd import _checks
from halograd.catalogs._columns import is_value
from halograd.catalogs._reader_checks import check_halo_masses
from halograd.catalogs.column_map import ColumnMap, MassColumn
from halograd.catalogs.growing_columns import GrowingColumns
from halograd.catalogs.halo_catalog import HaloCatalog
from halograd.catalogs.hosts import check_zero, has_host, host_index
from halograd.catalogs.particles import Particles
from halograd.catalogs.read_options import NOTHING_DECLARED, ReadOptions
from halograd.catalogs.table_source import TableSource
from halograd.errors import CatalogError

# Extra columns may have any name, that of a column of the schema too.
_EXTRA = "extra/"


def read_table(
    path: Path, format: str, columns: ColumnMap, options: ReadOptions = NOTHING_DECLARED
) -> HaloCatalog:
    """The halos in a table, in halograd's units.

    Raises:
        CatalogError: Where the file is damaged, the map lacks a declaration, or they disagree.
    """
    columns.require(
        "position", "position_unit", "mass", "mass_unit", *_undeclared(columns, options)
    )
    if not isinstance(columns.mass, MassColumn):
        raise CatalogError(f"mass must name a column of halo masses, got {columns.mass}")
    gathered, n_row = GrowingColumns(), 0
    for source in TableSource.blocks(path, format, columns, options):
        gathered.append(_halos(source), source.share)
        n_row += source.n_row
    rows = gathered.finish()
    host_id = rows.pop("host_id", None)
    if host_id is not None:
        if columns.is_satellite is None:
            check_zero(path, rows["halo_id"], host_id)
        rows["host_index"] = host_index(rows["halo_id"], host_id, rows["is_satellite"])
    return HaloCatalog.keeping(
        **{name: values for name, values in rows.items() if not name.startswith(_EXTRA)},
        boxsize=source.boxsize(),
        redshift=source.redshift(),
        mass_proxy=_mass_proxy(columns),
        extra={
            name.removeprefix(_EXTRA): values
            for name, values in rows.items()
            if name.startswith(_EXTRA)
        },
        cosmology=source.cosmology(),
        provenance=_provenance(source, n_row, n_row - gathered.n_row),
    )


def read_particle_table(
    path: Path, format: str, columns: ColumnMap, options: ReadOptions = NOTHING_DECLARED
) -> Particles:
    """The particles in a table, in halograd's units.

    Raises:
        CatalogError: As `read_table`.
    """
    columns.require("position", "position_unit", "mass", "mass_unit")
    if options.boxsize is None:
        columns.require("boxsize")
    gathered, draw = GrowingColumns(), options.particle_draw()
    for source in TableSource.blocks(path, format, columns, options):
        chosen = draw.chosen(source.n_row)
        rows = {name: values[chosen] for name, values in _particles(source).items()}
        gathered.append(rows, source.share)
    return draw.particles(**gathered.finish(), boxsize=source.boxsize())


def _undeclared(columns: ColumnMap, options: ReadOptions) -> Iterator[str]:
    """What the map has to declare, because the caller does not."""
    if options.boxsize is None:
        yield "boxsize"
    if options.redshift is None and columns.scale_factor is None:
        yield "redshift"


def _halos(source: TableSource) -> dict[str, np.ndarray]:
    """The rows that are kept, under the names of the schema."""
    kept = _kept(source)
    columns = {
        "positions": _positions(source),
        "velocities": _velocities(source),
        "is_satellite": _is_satellite(source),
        "halo_id": source.integers("halo_id"),
        "host_id": source.integers("host_id"),
    }
    extra = {_EXTRA + name: source.column(old) for name, old in source.map.extra.items()}
    rows = {name: values[kept] for name, values in (columns | extra).items() if values is not None}
    return {"log_mpeak": _log_mass(source, kept), **rows}


def _particles(source: TableSource) -> dict[str, np.ndarray]:
    one_mass = not isinstance(source.map.mass, MassColumn)
    masses = np.full(source.n_row, source.map.mass) if one_mass else _masses(source)
    if source.map.mass_is_log10:
        masses = 10.0**masses
    return {"positions": _positions(source), "masses": masses * source.mass_unit()}


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
    if source.map.is_satellite is None and source.map.host_id is None:
        raise CatalogError(
            "mass names a column for satellites: add is_satellite (or halo_id and host_id), to say "
            "which rows those are"
        )
    return np.where(_is_satellite(source), source.scalars(mass.satellites), values)


def _kept(source: TableSource) -> np.ndarray:
    floors = (source.map.min_mass, source.options.min_mass)
    units = (1.0, source.mass_unit())
    given = [floor / unit for floor, unit in zip(floors, units, strict=True) if floor is not None]
    if not given:
        return np.ones(source.n_row, bool)
    floor, masses = max(given), _masses(source)
    kept = masses >= (np.log10(floor) if source.map.mass_is_log10 else floor)
    if not kept.any() and not source.map.mass_is_log10:
        # Logarithms given as masses would all be dropped unseen.
        check_halo_masses(np.log10(masses[masses > 0] * source.mass_unit()))
    return kept


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
    if rule is None and source.map.host_id is None:
        return np.zeros(source.n_row, bool)
    if rule is None:
        return has_host(source.integers("halo_id"), source.integers("host_id"))
    values = source.column(rule.column)
    _checks.shape(f"{source.path}: {rule.column}", values, (None,), CatalogError)
    wanted = rule.equal if rule.not_equal is None else rule.not_equal
    if wanted is None:
        if values.dtype.kind == "U" or not np.isin(values, (0, 1)).all():
            mark = "0" if values.dtype.kind != "U" else '"..."'
            raise CatalogError(
                f"{source.path}: column {rule.column!r} is not true or false; declare a rule such "
                f'as is_satellite = {{column = "{rule.column}", not_equal = {mark}}}'
            )
        return values.astype(bool)
    found = is_value(f"{source.path}: is_satellite: column {rule.column!r}", values, wanted)
    return found if rule.not_equal is None else ~found


def _provenance(source: TableSource, n_row: int, n_dropped: int) -> dict[str, str]:
    declared = {key: value for key, value in asdict(source.map).items() if value is not None}
    entries = {
        "source": str(source.path),
        "format": source.format,
        "columns": json.dumps(declared, default=float),
    }
    if n_dropped:
        entries["dropped"] = f"{n_dropped} of {n_row} rows, below min_mass"
    return entries
