"""The one schema every reader and every mock fills."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from halograd import _checks
from halograd.catalogs import _columns
from halograd.catalogs._columns import freeze, owned
from halograd.catalogs.analytic_matter import AnalyticMatter
from halograd.catalogs.derived import following, how_to_make, sources
from halograd.catalogs.particles import Particles
from halograd.errors import CatalogError
from halograd.theory.cosmology import Cosmology

PER_HALO = ("positions", "log_mpeak", "is_satellite", "velocities", "halo_id", "host_index")


@dataclass(frozen=True, eq=False, kw_only=True)
class HaloCatalog:
    """Halos and subhalos in a periodic box, validated when made and read-only after.

    Attributes:
        positions: (n_halo, 3), comoving Mpc/h, in [0, L); a coordinate of exactly L wraps to 0.
        log_mpeak: (n_halo,), log10 of the peak mass in Msun/h, or of the proxy that
            `mass_proxy` names.
        boxsize: (3,), comoving Mpc/h; a single number stands for a cube.
        redshift: Redshift of the snapshot.
        is_satellite: (n_halo,), True for a subhalo. When not given, the halos that `host_index`
            gives another host; all False without it.
        velocities: (n_halo, 3), peculiar, km/s, or None.
        halo_id: (n_halo,), the identifier in the source, or None.
        host_index: (n_halo,), the row of the host halo (its own row for a central, -1 where the
            host is not in the catalogue), or None.
        mass_proxy: What `log_mpeak` measures, for figures and provenance.
        extra: Further (n_halo, ...) columns by name, carried along untouched; `columns` gives them
            to a model, `with_columns` adds to them. Where they are there, `r_vir` (comoving
            Mpc/h) is drawn, and `concentration`, or `r_vir` over `r_s`, shapes analytic profiles.
        cosmology: The cosmology of the simulation, or None.
        particles: All the matter of the box, or None.
        analytic_matter: A halo model to take in the place of particles for ΔΣ, or None.
        provenance: Where the catalogue comes from, as text by key.

    Raises:
        CatalogError: Where a column breaks the above; the message names it.
    """

    positions: np.ndarray
    log_mpeak: np.ndarray
    boxsize: np.ndarray
    redshift: float
    is_satellite: np.ndarray = None
    velocities: np.ndarray | None = None
    halo_id: np.ndarray | None = None
    host_index: np.ndarray | None = None
    mass_proxy: str = "Mpeak"
    extra: Mapping[str, np.ndarray] = field(default_factory=dict)
    cosmology: Cosmology | None = None
    particles: Particles | None = None
    analytic_matter: AnalyticMatter | None = None
    provenance: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        checked = _validated(self)
        freeze((*checked.values(), *checked["extra"].values()))
        for name, value in checked.items():
            object.__setattr__(self, name, value)

    @classmethod
    def keeping(cls, **columns: Any) -> "HaloCatalog":
        """The catalogue of arrays that the caller hands over: kept without a copy, read-only."""
        freeze((*columns.values(), *columns.get("extra", {}).values()))
        return cls(**columns)

    def __len__(self) -> int:
        return len(self.positions)

    def __getitem__(self, rows: ArrayLike | slice) -> "HaloCatalog":
        """The chosen rows (slice, mask or indices), with `host_index` renumbered to match."""
        if not isinstance(rows, slice):
            rows = _columns.plain_array("rows", rows)
        chosen = np.arange(len(self))[rows]
        if chosen.ndim != 1:
            raise CatalogError("a catalogue is sliced by a slice, a mask or a list of rows")
        columns = {name: values[chosen] for name, values in self._columns().items()}
        if self.host_index is not None:
            columns["host_index"] = _renumbered(self.host_index, chosen)
        extra = {name: values[chosen] for name, values in self.extra.items()}
        freeze((*columns.values(), *extra.values()))
        return replace(self, **columns, extra=extra)

    @property
    def column_names(self) -> tuple[str, ...]:
        """Names of all columns that are there: those of the schema, then those of `extra`."""
        return (*self._columns(), *self.extra)

    def columns(self, names: Iterable[str]) -> dict[str, np.ndarray]:
        """The columns `names`, of the schema or of `extra`, by name. (n_halo, ...)

        Raises:
            CatalogError: Where one is not there; the message lists those that are and says how to
                add it.
        """
        return {name: self.column(name) for name in names}

    def column(self, name: str) -> np.ndarray:
        """The column `name`, of the schema or of `extra`, or what follows. (n_halo, ...)

        "host_log_mass", "host_row" (the outermost host), "satellite_share" (of the galaxies in
        satellites of a host, in equal parts) and "host_x" (column x of the outermost host) are
        made where they are not there.

        Raises:
            CatalogError: As `columns`.
        """
        found = {**self._columns(), **self.extra}
        if name not in found:
            made = following(self, name)
            if made is not None:
                return made
            if name.startswith("host_"):
                (name,) = sources([name])
            hint = _checks.nearest(name, found) or "."
            raise CatalogError(
                f"the catalogue has no column {name!r}; it has {', '.join(found)}{hint} "
                f"{how_to_make(name)}"
            )
        return found[name]

    def with_columns(self, **columns: ArrayLike) -> "HaloCatalog":
        """The catalogue with `columns` in `extra`, in the place of those of the same name.

        Args:
            **columns: (n_halo, ...) each; numbers, truth values or text.

        Raises:
            CatalogError: Where a column has another length, or the name of a column of the schema
                (`dataclasses.replace` changes those).
        """
        return replace(self, extra={**self.extra, **columns})

    @property
    def volume(self) -> float:
        """Volume of the box, (Mpc/h)^3."""
        return float(np.prod(self.boxsize))

    def _columns(self) -> dict[str, np.ndarray]:
        present = ((name, getattr(self, name)) for name in PER_HALO)
        return {name: values for name, values in present if values is not None}

    def __repr__(self) -> str:
        sides = " x ".join(f"{side:g}" for side in self.boxsize)
        return f"HaloCatalog({len(self)} halos, {sides} Mpc/h, z = {self.redshift:g})"


def _validated(halos: HaloCatalog) -> dict[str, Any]:
    """Every field of the catalogue, checked and in its canonical type."""
    sides = _columns.box_sides(halos.boxsize)
    positions = _columns.numbers("positions", halos.positions, "comoving Mpc/h")
    positions = _checks.positions_in_box(positions, sides, CatalogError)
    positions = owned(halos.positions, positions)
    n_halo = len(positions)
    hosts = _host_index(halos.host_index, n_halo)
    if halos.is_satellite is not None:
        satellite = halos.is_satellite
    else:
        satellite = np.zeros(n_halo, bool) if hosts is None else hosts != np.arange(n_halo)
    return {
        "positions": positions,
        "boxsize": sides,
        "redshift": _redshift(halos.redshift),
        "log_mpeak": _log_mass(halos.log_mpeak, n_halo),
        "is_satellite": _flags(satellite, n_halo),
        "velocities": _velocities(halos.velocities, n_halo),
        "halo_id": _integers("halo_id", halos.halo_id, n_halo),
        "host_index": hosts,
        "extra": {name: _extra(name, values, n_halo) for name, values in halos.extra.items()},
        "mass_proxy": str(halos.mass_proxy),
        "cosmology": _instance("cosmology", halos.cosmology, Cosmology),
        "particles": _particles(halos.particles, sides),
        "analytic_matter": _instance("analytic_matter", halos.analytic_matter, AnalyticMatter),
        "provenance": {str(key): str(value) for key, value in halos.provenance.items()},
    }


def _redshift(value: float) -> float:
    if value is None:
        raise CatalogError("redshift is missing: give the redshift of the snapshot")
    redshift = _columns.numbers("redshift", value)
    _checks.shape("redshift", redshift, (), CatalogError)
    if redshift <= -1:
        raise CatalogError(f"redshift must be above -1, got {redshift}")
    return float(redshift)


def _instance(name: str, value: Any, expected: type) -> Any:
    if not isinstance(value, expected | None):
        raise CatalogError(
            f"{name} must be a {expected.__name__} or None, got {type(value).__name__}"
        )
    return value


def _particles(particles: Any, sides: np.ndarray) -> Particles | None:
    _instance("particles", particles, Particles)
    if particles is not None and (particles.boxsize != sides).any():
        raise CatalogError(
            f"the particles fill a box of {particles.boxsize.tolist()} Mpc/h, but the halos one "
            f"of {sides.tolist()}; give both the same box"
        )
    return particles


def _log_mass(values: ArrayLike, n_halo: int) -> np.ndarray:
    mass = owned(values, _columns.numbers("log_mpeak", values))
    _checks.shape("log_mpeak", mass, (n_halo,), CatalogError)
    if mass.size and mass.max() > 30:
        raise CatalogError(
            f"log_mpeak must be log10 of a mass in Msun/h, got values up to {mass.max():g}; "
            "take the logarithm first"
        )
    return mass


def _flags(values: ArrayLike, n_halo: int) -> np.ndarray:
    flags = _columns.flags("is_satellite", values)
    _checks.shape("is_satellite", flags, (n_halo,), CatalogError)
    return owned(values, flags)


def _velocities(values: ArrayLike | None, n_halo: int) -> np.ndarray | None:
    if values is None:
        return None
    velocities = owned(values, _columns.numbers("velocities", values, "km/s"))
    _checks.shape("velocities", velocities, (n_halo, 3), CatalogError)
    return velocities


def _integers(name: str, values: ArrayLike | None, n_halo: int) -> np.ndarray | None:
    if values is None:
        return None
    array = _columns.integers(name, values)
    _checks.shape(name, array, (n_halo,), CatalogError)
    return owned(values, array)


def _host_index(values: ArrayLike | None, n_halo: int) -> np.ndarray | None:
    hosts = _integers("host_index", values, n_halo)
    if hosts is not None and hosts.size and (hosts.min() < -1 or hosts.max() >= n_halo):
        raise CatalogError(
            f"host_index must be a row of the catalogue (0 to {n_halo - 1}) or -1, got values "
            f"from {hosts.min()} to {hosts.max()}"
        )
    return hosts


def _extra(name: str, values: ArrayLike, n_halo: int) -> np.ndarray:
    if name in {f.name for f in fields(HaloCatalog)}:
        raise CatalogError(f"extra column {name!r} has the name of a column of the schema")
    if not isinstance(name, str) or not name:
        raise CatalogError(f"extra columns need names, got {name!r}")
    array = owned(values, _columns.any_column(f"extra column {name!r}", values))
    if array.ndim == 0 or len(array) != n_halo:
        raise CatalogError(f"extra column {name!r} must have {n_halo} rows, got {array.shape}")
    return array


def _renumbered(host_index: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    new_row = np.full(len(host_index) + 1, -1)
    new_row[chosen] = np.arange(len(chosen))
    return new_row[host_index[chosen]]
