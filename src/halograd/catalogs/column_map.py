"""What a table declares: which column is what, and in which unit."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np

from halograd import _checks
from halograd.errors import CatalogError

LENGTH_UNITS = ("Mpc/h", "kpc/h", "Mpc", "kpc")
MASS_UNITS = ("Msun/h", "Msun", "1e10 Msun/h")
VELOCITY_UNITS = ("km/s", "sqrt(a) km/s")

_MISSING = {
    "position": 'position = ["x", "y", "z"], or one (n, 3) column',
    "position_unit": f'position_unit = "Mpc/h", or another of {LENGTH_UNITS}, comoving',
    "velocity_unit": f'velocity_unit = "km/s", or another of {VELOCITY_UNITS}',
    "mass": 'mass = "Mpeak", or {column = "Mvir", satellites = "infallMvir"}',
    "mass_unit": f'mass_unit = "Msun/h", another of {MASS_UNITS}, or a number of Msun/h',
    "boxsize": 'boxsize = 250.0, three numbers, or a metadata key such as "Header/BoxSize" (on the '
    "command line --boxsize 250)",
    "redshift": 'redshift = 0.0 or a metadata key such as "Header/Redshift" (or scale_factor)',
    "halo_id": 'halo_id = "id", which host_id refers to',
}


@dataclass(frozen=True)
class MassColumn:
    """The column of masses, and another one for satellites where the file keeps two."""

    column: str
    satellites: str | None = None


@dataclass(frozen=True)
class SatelliteRule:
    """A satellite is a row whose `column` is true, equals or does not equal a number."""

    column: str
    equal: float | None = None
    not_equal: float | None = None

    def __post_init__(self) -> None:
        if self.equal is not None and self.not_equal is not None:
            raise CatalogError("is_satellite takes equal or not_equal, not both")


@dataclass(frozen=True, kw_only=True)
class ColumnMap:
    """How to read halos (or particles) from a table; nothing is guessed.

    A "metadata key" is an HDF5 attribute ("Header/BoxSize", or a bare name on the group or one of
    its parents), a FITS header keyword, a key of the ECSV or Parquet metadata, a `key = value`
    comment of a text table, or a scalar array of an npz file.

    Attributes:
        position: Three columns, or one (n, 3) column.
        position_unit: "Mpc/h", "kpc/h", "Mpc" or "kpc", always comoving.
        boxsize: A number, three numbers or a metadata key, in `position_unit`.
        origin: Position of the lower corner of the box, a number or three, in `position_unit`;
            -L/2 for a box centred on 0.
        wrap: Whether positions outside the box are wrapped into it.
        velocity: Three columns, or one (n, 3) column.
        velocity_unit: "km/s" for peculiar velocities, or "sqrt(a) km/s" for Gadget's u, with
            v_peculiar = sqrt(a) u.
        mass: A column, {column, satellites} where satellites have their own, or, for particles,
            the number of `mass_unit` each weighs.
        mass_unit: "Msun/h", "Msun", "1e10 Msun/h", or a number of Msun/h (so that particle counts
            can serve as masses).
        mass_is_log10: Whether the column holds log10 of the mass in `mass_unit`.
        mass_proxy: What the mass measures; the column's name where not given.
        min_mass: Rows of a lower mass, in `mass_unit`, are dropped, and counted in provenance.
        redshift: A number or a metadata key.
        scale_factor: A number or a metadata key, instead of `redshift`.
        is_satellite: A column of truth values, or {column, equal} or {column, not_equal}; without
            it the halos whose `host_id` is neither negative nor their own `halo_id`, and without
            that none.
        halo_id: A column of integers.
        host_id: A column with the `halo_id` of the host, from which `host_index` follows.
        extra: Further columns to carry along: names, or {new name: column}.
        h: H0 / (100 km/s/Mpc), a number or a metadata key; where not given, that of `cosmology`.
        cosmology: Fields of `Cosmology`, each a number or a metadata key.
        group: The HDF5 group or compound dataset with the columns; the root where not given.
        hdu: The FITS table, by number or name; the first where not given.

    Raises:
        CatalogError: Where a value is impossible; the message names the key.
    """

    position: str | Sequence[str] | None = None
    position_unit: str | None = None
    boxsize: float | Sequence[float] | str | None = None
    origin: float | Sequence[float] = 0.0
    wrap: bool = False
    velocity: str | Sequence[str] | None = None
    velocity_unit: str | None = None
    mass: str | float | Mapping[str, str] | MassColumn | None = None
    mass_unit: str | float | None = None
    mass_is_log10: bool = False
    mass_proxy: str | None = None
    min_mass: float | None = None
    redshift: float | str | None = None
    scale_factor: float | str | None = None
    is_satellite: str | Mapping[str, Any] | SatelliteRule | None = None
    halo_id: str | None = None
    host_id: str | None = None
    extra: Sequence[str] | Mapping[str, str] = field(default_factory=dict)
    h: float | str | None = None
    cosmology: Mapping[str, float | str] | None = None
    group: str | None = None
    hdu: int | str | None = None

    def __post_init__(self) -> None:
        for name, value in _canonical(self).items():
            object.__setattr__(self, name, value)
        if self.host_id is not None:
            self.require("halo_id")
        if self.velocity is not None:
            self.require("velocity_unit")

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, Any]) -> "ColumnMap":
        """The map in a dictionary, with a `CatalogError` for unknown keys."""
        if not isinstance(mapping, Mapping):
            raise CatalogError(f"a column map is a table of keys, got {type(mapping).__name__}")
        _checks.known_keys("the column map", mapping, _names(cls), CatalogError)
        return cls(**mapping)

    @classmethod
    def from_toml(cls, path: str | Path, table: str | None = None) -> "ColumnMap":
        """The map in a TOML file, or in one `table` of it such as "catalog.columns"."""
        try:
            content = tomllib.loads(Path(path).read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as cause:
            raise CatalogError(f"{path}: cannot be read as a TOML file: {cause}") from cause
        for key in table.split(".") if table else ():
            if not isinstance(content, Mapping) or key not in content:
                raise CatalogError(f"{path}: there is no table [{table}] in it; add it")
            content = content[key]
        return cls.from_mapping(content)

    def require(self, *keys: str) -> None:
        """Raise `CatalogError` for the first of `keys` the map does not declare."""
        for key in keys:
            if getattr(self, key) is None:
                raise CatalogError(f"the column map does not declare {key}: add {_MISSING[key]}")

    def columns(self) -> list[str]:
        """Every column of the table that the map refers to, each once."""
        used = [*_listed(self.position), *_listed(self.velocity), self.halo_id, self.host_id]
        if isinstance(self.mass, MassColumn):
            used += [self.mass.column, self.mass.satellites]
        if self.is_satellite is not None:
            used.append(self.is_satellite.column)
        used += self.extra.values()
        return list(dict.fromkeys(name for name in used if name is not None))


def _canonical(columns: ColumnMap) -> dict[str, Any]:
    """The fields that come in several forms, each in one; the others checked in place."""
    for key in ("position", "velocity"):
        _check_vector(key, getattr(columns, key))
    _check_unit("position_unit", columns.position_unit, LENGTH_UNITS)
    _check_unit("velocity_unit", columns.velocity_unit, VELOCITY_UNITS)
    if not _is_number(columns.mass_unit):
        _check_unit("mass_unit", columns.mass_unit, MASS_UNITS)
    elif not 0 < columns.mass_unit < np.inf:
        raise CatalogError(f"mass_unit must be positive, got {columns.mass_unit}")
    for key in ("wrap", "mass_is_log10"):
        if not isinstance(getattr(columns, key), bool):
            raise CatalogError(f"{key} must be true or false, got {getattr(columns, key)!r}")
    for key in ("halo_id", "host_id", "mass_proxy", "group"):
        if not isinstance(getattr(columns, key), str | None):
            raise CatalogError(f"{key} must be a name, got {getattr(columns, key)!r}")
    if columns.redshift is not None and columns.scale_factor is not None:
        raise CatalogError("the column map declares redshift and scale_factor: give one of them")
    return {
        "origin": _origin(columns.origin),
        "mass": _mass(columns.mass),
        "min_mass": _min_mass(columns.min_mass),
        "is_satellite": _from_table("is_satellite", columns.is_satellite, SatelliteRule),
        "extra": _extra(columns.extra),
        "cosmology": _cosmology(columns.cosmology),
    }


def _names(cls: type) -> list[str]:
    return [entry.name for entry in fields(cls)]


def _listed(names: str | Sequence[str] | None) -> list[str]:
    if names is None:
        return []
    return [names] if isinstance(names, str) else list(names)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | np.number) and not isinstance(value, bool)


def _check_vector(key: str, names: Any) -> None:
    listed = _listed(names) if isinstance(names, str | Sequence | None) else [names]
    right_length = names is None or isinstance(names, str) or len(listed) == 3
    if not right_length or not all(isinstance(name, str) for name in listed):
        raise CatalogError(f"{key} must name three columns or one (n, 3) column, got {names!r}")


def _check_unit(key: str, unit: Any, valid: tuple[str, ...]) -> None:
    if unit is not None and unit not in valid:
        hint = _checks.nearest(unit, valid)
        raise CatalogError(f"{key} must be one of {', '.join(valid)}, got {unit!r}{hint}")


def _origin(value: Any) -> tuple[float, ...]:
    corner = _checks.finite("origin", value, CatalogError)
    if corner.shape not in {(), (3,)}:
        raise CatalogError(f"origin must be one number or three, got shape {corner.shape}")
    return tuple(np.broadcast_to(corner, 3).tolist())


def _mass(value: Any) -> MassColumn | float | None:
    if _is_number(value):
        return float(value)
    return _from_table("mass", value, MassColumn)


def _min_mass(value: Any) -> float | None:
    if value is None:
        return None
    if not _is_number(value) or not 0 < value < np.inf:
        raise CatalogError(f"min_mass must be a positive number of mass_unit, got {value!r}")
    return float(value)


def _from_table(key: str, value: Any, cls: type) -> Any:
    """`value` as `cls`, from a bare column name or a table of its fields."""
    if value is None or isinstance(value, cls):
        return value
    if isinstance(value, str):
        return cls(column=value)
    if not isinstance(value, Mapping):
        raise CatalogError(f"{key} must be a column name or a table of keys, got {value!r}")
    _checks.known_keys(key, value, _names(cls), CatalogError)
    if not isinstance(value.get("column"), str):
        raise CatalogError(f'{key} must name its column: add column = "..."')
    return cls(**value)


def _extra(value: Any) -> dict[str, str]:
    named = dict(value) if isinstance(value, Mapping) else {name: name for name in _listed(value)}
    if not all(isinstance(name, str) for name in (*named, *named.values())):
        raise CatalogError(f"extra must hold column names, got {value!r}")
    return named


def _cosmology(value: Any) -> dict[str, float | str] | None:
    if value is None:
        return None
    if not isinstance(value, Mapping):
        raise CatalogError(f"cosmology must be a table such as {{omega_m = 0.3}}, got {value!r}")
    valid = ("omega_m", "h", "omega_b", "sigma8", "n_s")
    _checks.known_keys("cosmology", value, valid, CatalogError)
    for key in ("omega_m", "h"):
        if key not in value:
            raise CatalogError(f"cosmology does not declare {key}: add it, a number or a key")
    return dict(value)
