"""halotools' cached halo tables."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from halograd.catalogs._columns import is_value, with_vectors
from halograd.catalogs._reader_checks import MassCut, into_box, refuse_particles
from halograd.catalogs._reading import reading
from halograd.catalogs.catalog_format import CatalogFormat
from halograd.catalogs.growing_columns import GrowingColumns, row_ranges
from halograd.catalogs.halo_catalog import HaloCatalog
from halograd.catalogs.hdf5_column import attribute, check_stored, member, number, piece_rows
from halograd.catalogs.hosts import has_host, host_index
from halograd.catalogs.properties import Field, find_properties, take_properties, with_unit
from halograd.catalogs.read_options import ReadOptions
from halograd.errors import CatalogError

if TYPE_CHECKING:
    import h5py

_POSITION = ("halo_x", "halo_y", "halo_z")
_VELOCITY = ("halo_vx", "halo_vy", "halo_vz")
# The best proxy first.
_MASSES = ("halo_mpeak", "halo_mvir", "halo_m200m", "halo_m200b", "halo_m200c")
_FIELDS = {
    "r_vir": Field(("halo_rvir",)),
    "r_s": Field(("halo_rs",)),
    "concentration": Field(("halo_nfw_conc",)),
    "v_max": Field(("halo_vmax",)),
    "v_peak": Field(("halo_vpeak",)),
    "v_at_mpeak": Field(("halo_vmax_mpeak", "halo_vmax_at_mpeak")),
    "v_at_infall": Field(("halo_vmax_firstacc",)),
    "mass_now": Field(_MASSES[1:]),
    "mass_at_infall": Field(("halo_mvir_firstacc",)),
    "halfmass_scale": Field(("halo_halfmass_scale_factor", "halo_halfmass_scale")),
    "mpeak_scale": Field(("halo_scale_factor_mpeak", "halo_mpeak_scale")),
    "infall_scale": Field(("halo_scale_factor_firstacc", "halo_scale_factor_lastacc")),
    "last_merger_scale": Field(("halo_scale_factor_lastmm",)),
    "accretion_rate": Field(("halo_dmvir_dt_tdyn", "halo_dmvir_dt_inst")),
    "spin": Field(("halo_spin",)),
    "spin_bullock": Field(("halo_spin_bullock",)),
    "b_to_a": Field(("halo_b_to_a",)),
    "c_to_a": Field(("halo_c_to_a",)),
}
_LINKS = ("halo_upid", "halo_hostid")
_NAMES = ("simname", "halo_finder", "version_name")


class Halotools(CatalogFormat):
    """Catalogues that halotools distributes (HDF5)."""

    def recognises(self, path: Path, head: bytes) -> bool:
        """Whether the content is laid out so."""
        return is_halotools(path)

    def read(self, path: Path, options: ReadOptions) -> HaloCatalog:
        """The halos."""
        return read_halotools(path, options)


def read_halotools(path: Path, options: ReadOptions) -> HaloCatalog:
    """The halos of a table in halotools' cache: Hearin et al. 2017 (arXiv:1606.04106).

    The dataset `data` holds one record per halo, in comoving Mpc/h, Msun/h and km/s, and the
    attributes of the file declare `Lbox` and `redshift`. The mass is `halo_mpeak`, else the first
    of the masses now that the table has, as `mass_proxy` says. A satellite has a `halo_upid`
    other than -1 or, where the table has none, a `halo_hostid` other than its own; a table with
    neither is taken as one of centrals, and provenance says so.

    Args:
        path: The file.
        options: `cosmology`, where it is to be known; the file does not declare it.

    Raises:
        CatalogError: Where the file is damaged, incomplete or lacks a declaration.
    """
    import h5py

    refuse_particles(path, options, "a halotools table")
    with reading(path, "a halotools table"), h5py.File(path, "r") as file:
        return _read(path, file, options)


def is_halotools(path: Path) -> bool:
    """Whether an HDF5 file is a table of halotools' cache."""
    import h5py

    with reading(path, "an HDF5 file"), h5py.File(path, "r") as file:
        names = getattr(getattr(file.get("data"), "dtype", None), "names", None) or ()
        return "Lbox" in file.attrs and set(_POSITION) <= set(names)


def _read(path: Path, file: "h5py.File", options: ReadOptions) -> HaloCatalog:
    sides = _sides(path, file, options)
    redshift = options.agreed("redshift", path, number(path, file, "redshift"))
    table = _table(path, file)
    mass = _first_of(path, table, _MASSES)
    columns = _columns(table, mass)
    asked = find_properties(path, options.properties, table.dtype.names, _FIELDS, "halo_")
    wanted = list(dict.fromkeys([*columns, *(column for column, _ in asked.values())]))
    cut, gathered = MassCut(path, mass, options), GrowingColumns()
    for rows in row_ranges(len(table), piece_rows(table)):
        records = table.fields(wanted)[rows]
        records = records[cut.keeps(records[mass])]
        vectors = with_vectors(
            {name: records[name] for name in columns}, positions=_POSITION, velocities=_VELOCITY
        )
        vectors |= {new: with_unit(records[old], unit) for new, (old, unit) in asked.items()}
        gathered.append(vectors, rows.stop / max(len(table), 1))
        options.report(rows.stop, len(table))
    positions = into_box(path, gathered.take("positions"), sides)
    halo_id, host_id, satellite = _links(path, gathered, columns)
    return HaloCatalog.keeping(
        positions=positions,
        log_mpeak=np.log10(gathered.take(mass), dtype=np.float64),
        boxsize=sides,
        redshift=redshift,
        is_satellite=satellite,
        velocities=gathered.take("velocities") if _VELOCITY[0] in columns else None,
        halo_id=halo_id,
        host_index=None if host_id is None else host_index(halo_id, host_id, satellite),
        extra=take_properties(gathered.finish()),
        mass_proxy="Mpeak" if mass == "halo_mpeak" else f"{mass} (now; the table has no Mpeak)",
        cosmology=options.agreed("cosmology", path),
        provenance=_provenance(path, file, satellite is None) | cut.provenance(),
    )


def _sides(path: Path, file: "h5py.File", options: ReadOptions) -> np.ndarray:
    declared = np.asarray(attribute(path, file, "Lbox"))
    if declared.dtype.kind not in "fiu" or declared.shape not in {(), (3,)}:
        raise CatalogError(f"{path}: Lbox must be one number or three, got {declared}")
    return np.broadcast_to(np.asarray(options.agreed("boxsize", path, declared), float), 3)


def _table(path: Path, file: "h5py.File") -> "h5py.Dataset":
    table = member(path, file, "data")
    if getattr(getattr(table, "dtype", None), "names", None) is None or table.ndim != 1:
        raise CatalogError(f"{path}: data must be a table of records; the file is damaged")
    check_stored(path, table)
    for name in (*_POSITION, "halo_id"):
        _first_of(path, table, (name,))
    return table


def _first_of(path: Path, table: "h5py.Dataset", names: tuple[str, ...]) -> str:
    for name in names:
        if name in table.dtype.names:
            return name
    raise CatalogError(
        f"{path}: the table has no column {' or '.join(names)}; it has "
        f"{', '.join(table.dtype.names)}"
    )


def _columns(table: "h5py.Dataset", mass: str) -> list[str]:
    names = table.dtype.names
    velocity = _VELOCITY if set(_VELOCITY) <= set(names) else ()
    hosts = [name for name in _LINKS if name in names][:1]
    return [*_POSITION, *velocity, "halo_id", mass, *hosts]


def _links(
    path: Path, gathered: GrowingColumns, columns: list[str]
) -> tuple[np.ndarray, np.ndarray | None, np.ndarray | None]:
    """Identifiers, those of the hosts, and who is a satellite; None where not declared."""
    halo_id = gathered.take("halo_id")
    link = next((name for name in _LINKS if name in columns), None)
    host_id = None if link is None else gathered.take(link)
    for name, values in (("halo_id", halo_id), (link, host_id)):
        if values is not None and values.dtype.kind not in "iu":
            raise CatalogError(f"{path}: {name} must be integers, got {values.dtype}")
    if host_id is None:
        return halo_id, None, None
    if link == "halo_upid":
        return halo_id, host_id, ~is_value(f"{path}: halo_upid", host_id, -1)
    return halo_id, host_id, has_host(halo_id, host_id)


def _provenance(path: Path, file: "h5py.File", unlinked: bool) -> dict[str, str]:
    entries = {"source": str(path), "format": "halotools"}
    for name in _NAMES:
        if name in file.attrs:
            entries[name] = str(attribute(path, file, name))
    if unlinked:
        entries["satellites"] = "no halo_upid or halo_hostid in the table: all taken as centrals"
    return entries
