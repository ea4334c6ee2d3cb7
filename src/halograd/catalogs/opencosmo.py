"""Halo properties of HACC simulations in OpenCosmo's HDF5."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from halograd.catalogs._columns import with_vectors
from halograd.catalogs._reader_checks import MassCut, into_box
from halograd.catalogs.growing_columns import GrowingColumns
from halograd.catalogs.halo_catalog import HaloCatalog
from halograd.catalogs.hdf5_column import attribute, column, cut_rows, member, number, row_column
from halograd.catalogs.properties import Field, find_properties, take_properties
from halograd.catalogs.read_options import ReadOptions
from halograd.errors import CatalogError
from halograd.theory.cosmology import Cosmology

if TYPE_CHECKING:
    import h5py

_CENTER = tuple(f"fof_halo_center_{axis}" for axis in "xyz")
_MOTION = tuple(f"fof_halo_com_v{axis}" for axis in "xyz")
_MASS, _TAG, _SOD = "fof_halo_mass", "fof_halo_tag", "sod_halo_mass"

_FIELDS = {
    "concentration": Field(("sod_halo_cdelta",)),
    "mass_now": Field((_MASS,)),
    "n_particle": Field(("fof_halo_count",)),
}
# A halo belongs to the rank its centre was found on, which reaches past the faces of the box;
# HACC's own tools take positions modulo the box.
OVERSHOOT = 0.5
# Closer to flat than any radiation density would matter.
_FLAT = 1e-3


def read_halo_properties(path: Path, file: "h5py.File", options: ReadOptions) -> HaloCatalog:
    """The halos in a file of the OpenCosmo Python toolkit, of one snapshot of a whole box.

    Box, redshift, cosmology and units are declared in the file. The mass is that of the
    friends-of-friends halo, since M200c is defined for the larger halos only (it is in `extra` as
    `sod_halo_mass`, negative where it is not); all halos are centrals. Comoving velocities in km/s
    are multiplied by the scale factor, as the toolkit does to make them physical.

    Raises:
        CatalogError: Where the file is incomplete, in other units, of another kind of object, a
            light cone or a part of the box.
    """
    group = file.get("halo_properties", file)
    header = member(path, file if "header" in file else group, "header")
    redshift = options.agreed("redshift", path, _snapshot_redshift(path, header))
    parameters = member(path, header, "simulation/parameters")
    side = float(options.agreed("boxsize", path, number(path, parameters, "box_size")))
    _check_whole(path, member(path, header, "file"), side)
    cosmology = options.agreed("cosmology", path, _cosmology(path, header))
    data = member(path, group, "data")
    datasets = _datasets(path, data)
    asked = find_properties(path, options.properties, data, _FIELDS)
    for new, (old, _) in asked.items():
        datasets[new] = row_column(path, data, old, len(datasets[_MASS]))
    speed = _velocity_unit(path, datasets, redshift)
    cut, gathered = MassCut(path, _MASS, options), GrowingColumns()
    for rows, _, columns in cut_rows(path, datasets, (_MASS,), lambda read: cut.keeps(read[_MASS])):
        columns = with_vectors(columns, positions=_CENTER, velocities=_MOTION)
        gathered.append(columns, rows.stop / max(len(datasets[_MASS]), 1))
        options.report(rows.stop, len(datasets[_MASS]))
    sides = np.full(3, side)
    positions = into_box(path, gathered.take("positions"), sides, overshoot=OVERSHOOT)
    return HaloCatalog.keeping(
        positions=positions,
        log_mpeak=np.log10(gathered.take(_MASS), dtype=np.float64),
        boxsize=sides,
        redshift=redshift,
        velocities=None if speed is None else gathered.take("velocities") * speed,
        halo_id=gathered.take(_TAG),
        host_index=np.arange(len(positions)),
        mass_proxy=_mass_proxy(path, header),
        extra=({_SOD: gathered.take(_SOD)} if _SOD in datasets else {})
        | take_properties(gathered.finish()),
        cosmology=cosmology,
        provenance={"source": str(path), "format": "hacc", "kind": "OpenCosmo halo properties"}
        | cut.provenance(),
    )


def _snapshot_redshift(path: Path, header: "h5py.Group") -> float:
    """The redshift of the header, of a file that is of the right kind."""
    file = member(path, header, "file")
    kind = attribute(path, file, "data_type")
    if kind != "halo_properties":
        raise CatalogError(
            f"{path}: this file holds {kind}, not halo_properties; give the file of halo properties"
        )
    if attribute(path, file, "is_lightcone"):
        raise CatalogError(f"{path}: a light cone is not a periodic box; give one snapshot")
    declared = "unit_convention" in file.attrs
    convention = attribute(path, file, "unit_convention") if declared else "scalefree"
    if convention != "scalefree":
        raise CatalogError(
            f"{path}: the units are {convention!r}; write the file with units 'scalefree'"
        )
    return number(path, file, "redshift")


def _check_whole(path: Path, file: "h5py.Group", side: float) -> None:
    """Raise where the header says that the file covers a region of the box only."""
    regions = [name for name in file.attrs if name.startswith("region_")]
    if not regions:
        return
    low, high = (
        attribute(path, file, f"region_{name}") if f"region_{name}" in file.attrs else np.nan
        for name in ("p1", "p2")
    )
    if not (np.allclose(low, 0.0, atol=1e-6 * side) and np.allclose(high, side)):
        raise CatalogError(
            f"{path}: the file covers a region of the box only ({', '.join(regions)}); give the "
            "whole snapshot"
        )


def _cosmology(path: Path, header: "h5py.Group") -> Cosmology | None:
    """The cosmology of the header, or None where it is not flat ΛCDM."""
    group = member(path, header, "simulation/cosmology")
    omega_m, omega_l = (number(path, group, name) for name in ("omega_m", "omega_l"))
    w_0, w_a = (number(path, group, name) for name in ("w_0", "w_a"))
    if abs(omega_m + omega_l - 1) > _FLAT or w_0 != -1 or w_a != 0:
        return None
    optional = {"omega_b": "omega_b", "sigma8": "sigma_8", "n_s": "n_s"}
    known = {ours: theirs for ours, theirs in optional.items() if theirs in group.attrs}
    return Cosmology(
        omega_m=omega_m,
        h=number(path, group, "h"),
        **{ours: number(path, group, theirs) for ours, theirs in known.items()},
    )


def _datasets(path: Path, data: "h5py.Group") -> dict[str, "h5py.Dataset"]:
    mass = column(path, data, _MASS)
    motion = _MOTION if _MOTION[0] in data else ()
    optional = (_SOD,) if _SOD in data else ()
    shape = mass.shape
    found = {name: column(path, data, name, shape) for name in (*_CENTER, *motion, *optional)}
    for name in _CENTER:
        _unit(path, found[name], {"comoving Mpc/h": 1.0})
    _unit(path, mass, {"Msun/h": 1.0})
    return {_MASS: mass, _TAG: column(path, data, _TAG, shape, "i"), **found}


def _velocity_unit(
    path: Path, datasets: Mapping[str, "h5py.Dataset"], redshift: float
) -> float | None:
    """What the velocities are to be multiplied by to be peculiar, km/s; None without any."""
    known = {"comoving km/s": 1 / (1 + redshift), "km/s": 1.0}
    units = [_unit(path, datasets[name], known) for name in _MOTION if name in datasets]
    return units[0] if units else None


def _unit(path: Path, dataset: "h5py.Dataset", known: Mapping[str, float]) -> float:
    declared = attribute(path, dataset, "unit")
    if declared not in known:
        raise CatalogError(
            f"{path}: {dataset.name} is in {declared!r}, and must be in {' or '.join(known)}; "
            "write the file with units 'scalefree'"
        )
    return known[declared]


def _mass_proxy(path: Path, header: "h5py.Group") -> str:
    tools = header.get("simulation/cosmotools")
    declared = tools is not None and "fof_linking_length" in tools.attrs
    linking = f"b = {number(path, tools, 'fof_linking_length'):g}, " if declared else ""
    return f"FOF mass ({linking}now; no Mpeak and no subhalos)"
