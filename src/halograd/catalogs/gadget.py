"""Group catalogues of GADGET-4, AREPO and IllustrisTNG (FOF and Subfind) in HDF5."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from halograd.catalogs._reader_checks import MassCut, into_box
from halograd.catalogs._reading import reading
from halograd.catalogs.catalog_format import CatalogFormat
from halograd.catalogs.gadget_files import group_files
from halograd.catalogs.gadget_header import GadgetHeader, read_headers
from halograd.catalogs.gadget_snapshot import read_snapshot
from halograd.catalogs.growing_columns import GrowingColumns
from halograd.catalogs.halo_catalog import HaloCatalog
from halograd.catalogs.hdf5_column import column, cut_rows, member, row_column
from halograd.catalogs.hosts import host_index
from halograd.catalogs.properties import Field, find_properties, take_properties, with_unit
from halograd.catalogs.read_options import ReadOptions
from halograd.errors import CatalogError

if TYPE_CHECKING:
    import h5py


class Gadget(CatalogFormat):
    """Subfind groups and subhalos of GADGET-4 and IllustrisTNG (HDF5), a file or a folder."""

    def recognises(self, path: Path, head: bytes) -> bool:
        """Whether the content is laid out so."""
        return is_gadget(path)

    def read(self, path: Path, options: ReadOptions) -> HaloCatalog:
        """The halos."""
        return read_gadget(path, options)


def read_gadget(path: Path, options: ReadOptions) -> HaloCatalog:
    """The subhalos of a group catalogue: Springel et al. 2021 (GADGET-4, arXiv:2010.03567), Nelson
    et al. 2019 (IllustrisTNG, arXiv:1812.05609).

    All files of the catalogue are read, and their counts compared with what the headers declare.
    The mass is `SubhaloMass`, bound now; there is no peak mass, and `extra` has `vmax` (km/s). The
    first subhalo of a group is its central. Subhalo velocities are peculiar, in km/s, as they are.
    Subhalos that TNG flags as not of cosmological origin (`SubhaloFlag` = 0) are dropped and
    counted. A catalogue without subhalos gives its FOF groups, with `GroupVel` / a (both
    conventions: the data specifications of TNG). `halo_id` is the place in the catalogue.

    Units are those of `UnitLength_in_cm` and `UnitMass_in_g`, over h. Where the files do not have
    them, as those of TNG, the caller's `boxsize` says what the unit of length is, and that of mass
    is 1e10 Msun/h, which TNG documents.

    Args:
        path: The folder of the catalogue (`groups_099`), or one of its files.
        options: `particles` reads the snapshot `snapdir_099/` or `snap_099.hdf5` beside it.

    Raises:
        CatalogError: Where a file is missing or damaged, the files disagree, or the masses add up
            to more than the matter of the box.
    """
    files = group_files(path)
    header = read_headers(files, options)
    with reading(path, "a GADGET group catalogue"):
        if sum(header.n_subhalo):
            return _subhalos(header, options)
        if sum(header.n_group):
            return _groups(header, options)
        raise CatalogError(f"{path}: the catalogue is empty; give that of a later snapshot")


def is_gadget(path: Path) -> bool:
    """Whether a folder or an HDF5 file is a group catalogue, by the counts in its header."""
    import h5py

    if path.is_dir():
        return any(path.glob("fof_*tab_*.hdf5")) or any(path.glob("groups_*.hdf5"))
    with reading(path, "an HDF5 file"), h5py.File(path, "r") as file:
        return "Header" in file and "Ngroups_ThisFile" in file["Header"].attrs


class _Selection:
    """Which objects are kept, and the mass of all of them."""

    def __init__(self, header: GadgetHeader, column: str, options: ReadOptions) -> None:
        self._unit = header.mass_unit
        self._cut = MassCut(header.path, column, options)
        self._n_flagged = 0
        self.mass = 0.0

    def keeps(self, read: dict[str, np.ndarray]) -> np.ndarray:
        masses = read["mass"] * np.float64(self._unit)
        self.mass += float(masses.sum())
        kept = self._cut.keeps(masses)
        flagged = read["flag"] == 0 if "flag" in read else np.zeros(len(kept), bool)
        self._n_flagged += int(np.count_nonzero(kept & flagged))
        return kept & ~flagged

    def provenance(self, header: GadgetHeader) -> dict[str, str]:
        entries = {
            "source": str(header.path.parent if len(header.files) > 1 else header.path),
            "format": "gadget",
            "units": header.units,
            **self._cut.provenance(),
        }
        if self._n_flagged:
            entries["flagged"] = f"{self._n_flagged} subhalos of SubhaloFlag = 0, left out"
        return entries


def _subhalos(header: GadgetHeader, options: ReadOptions) -> HaloCatalog:
    chosen = _Selection(header, "SubhaloMass", options)
    objects = _objects(header, options, "Subhalo", chosen)
    index, group = objects.take("index"), objects.take("group")
    central = _first_subhalos(header)[group]
    satellite = central != index
    return _catalog(
        header,
        options,
        objects,
        chosen,
        is_satellite=satellite,
        halo_id=index,
        host_index=host_index(index, central, satellite),
        velocities=objects.take("velocity") * header.velocity_unit,
        mass_proxy="SubhaloMass (bound now; Subfind has no Mpeak)",
        extra={"vmax": objects.take("vmax") * header.velocity_unit},
    )


def _groups(header: GadgetHeader, options: ReadOptions) -> HaloCatalog:
    chosen = _Selection(header, "GroupMass", options)
    objects = _objects(header, options, "Group", chosen)
    index = objects.take("index")
    # GroupVel is a times the peculiar velocity.
    unit = header.velocity_unit * (1 + header.redshift)
    return _catalog(
        header,
        options,
        objects,
        chosen,
        halo_id=index,
        host_index=np.arange(len(index)),
        velocities=objects.take("velocity") * unit,
        mass_proxy="GroupMass (FOF mass now; no subhalos in the catalogue)",
    )


def _catalog(
    header: GadgetHeader,
    options: ReadOptions,
    objects: GrowingColumns,
    chosen: _Selection,
    **columns: object,
) -> HaloCatalog:
    """The catalogue of what subhalos and groups have in common, and of `columns`."""
    _check_mass(header, chosen.mass)
    sides = np.full(3, header.boxsize)
    positions = objects.take("position") * np.float64(header.length_unit)
    extra = columns.pop("extra", {})
    log_mass = np.log10(objects.take("mass") * np.float64(header.mass_unit))
    return HaloCatalog.keeping(
        positions=into_box(header.path, positions, sides),
        log_mpeak=log_mass,
        extra={**extra, **take_properties(objects.finish())},
        boxsize=sides,
        redshift=header.redshift,
        cosmology=header.cosmology,
        particles=read_snapshot(header, options) if options.particles else None,
        provenance=chosen.provenance(header),
        **columns,
    )


def _check_mass(header: GadgetHeader, mass: float) -> None:
    """Raise where the halos weigh more than all the matter: the unit cannot be right."""
    if header.cosmology is None:
        return
    matter = header.cosmology.mean_matter_density * header.boxsize**3
    if mass > matter:
        raise CatalogError(
            f"{header.path}: the masses add up to {mass / matter:.3g} times the matter of the box; "
            f"the units ({header.units}) or the file are wrong"
        )


def _objects(
    header: GadgetHeader, options: ReadOptions, kind: str, chosen: _Selection
) -> GrowingColumns:
    """Rows of all files of the group `kind`, in the units of the file."""
    objects, counts = GrowingColumns(), header.n_subhalo if kind == "Subhalo" else header.n_group
    fields = _fields(header, kind)

    def asked(group: "h5py.Group") -> dict[str, tuple[str, float]]:
        return find_properties(header.path, options.properties, group, fields, kind)

    select = _subhalo_columns if kind == "Subhalo" else _group_columns
    for offset, file, n_row in _parts(header, counts):
        with _opened(file) as opened:
            group = member(file, opened, kind)
            datasets = select(file, group, n_row)
            for new, (old, _) in asked(group).items():
                datasets[new] = row_column(file, group, old, n_row)
            deciding = ("mass", "flag") if "flag" in datasets else ("mass",)
            for rows, kept, columns in cut_rows(file, datasets, deciding, chosen.keeps):
                if kind == "Subhalo":
                    links, n_group = columns["group"], sum(header.n_group)
                    _check_links(file, datasets["group"].name, links, n_group)
                done, total = offset + rows.stop, sum(counts)
                for new, (_, unit) in asked(group).items():
                    columns[new] = with_unit(columns[new], unit)
                columns["index"] = offset + rows.start + np.flatnonzero(kept)
                objects.append(columns, done / total)
                options.report(done, total)
    return objects


def _fields(header: GadgetHeader, kind: str) -> dict[str, Field]:
    """Where the documented columns of subhalos or groups are, and their units in these files."""
    length, velocity, mass = header.length_unit, header.velocity_unit, header.mass_unit
    if kind == "Group":
        return {
            "mass_now": Field(("GroupMass",), mass),
            "r_200c": Field(("Group_R_Crit200",), length),
            "n_particle": Field(("GroupLen",)),
        }
    return {
        "vmax": Field(("SubhaloVmax",), velocity),
        "v_max": Field(("SubhaloVmax",), velocity),
        "mass_now": Field(("SubhaloMass",), mass),
        "r_half": Field(("SubhaloHalfmassRad",), length),
        "velocity_dispersion": Field(("SubhaloVelDisp",), velocity),
        "n_particle": Field(("SubhaloLen",)),
    }


def _parts(header: GadgetHeader, counts: tuple[int, ...]) -> Iterator[tuple[int, Path, int]]:
    """Each file that has objects: how many came before, and how many it has."""
    offset = 0
    for file, n_row in zip(header.files, counts, strict=True):
        # Groups of a file without objects are empty or missing.
        if n_row:
            yield offset, file, n_row
        offset += n_row


@contextmanager
def _opened(file: Path) -> Iterator["h5py.File"]:
    import h5py

    with reading(file, "a GADGET group catalogue"), h5py.File(file, "r") as opened:
        yield opened


def _subhalo_columns(file: Path, group: "h5py.Group", n_row: int) -> dict[str, "h5py.Dataset"]:
    number = "SubhaloGroupNr" if "SubhaloGroupNr" in group else "SubhaloGrNr"
    columns = {
        "mass": column(file, group, "SubhaloMass", (n_row,)),
        "position": column(file, group, "SubhaloPos", (n_row, 3)),
        "velocity": column(file, group, "SubhaloVel", (n_row, 3)),
        "vmax": column(file, group, "SubhaloVmax", (n_row,)),
        "group": column(file, group, number, (n_row,), "i"),
    }
    if "SubhaloFlag" in group:
        columns["flag"] = column(file, group, "SubhaloFlag", (n_row,), "i")
    return columns


def _group_columns(file: Path, group: "h5py.Group", n_row: int) -> dict[str, "h5py.Dataset"]:
    return {
        "mass": column(file, group, "GroupMass", (n_row,)),
        "position": column(file, group, "GroupPos", (n_row, 3)),
        "velocity": column(file, group, "GroupVel", (n_row, 3)),
    }


def _first_subhalos(header: GadgetHeader) -> np.ndarray:
    """The place in the catalogue of each group's first subhalo, -1 for a group without. (n,)"""
    gathered, n_group = GrowingColumns(), sum(header.n_group)
    for offset, file, n_row in _parts(header, header.n_group):
        with _opened(file) as opened:
            first = column(file, member(file, opened, "Group"), "GroupFirstSub", (n_row,), "i")
            links = first[:].astype(np.int64)
            _check_links(file, first.name, links[links != -1], sum(header.n_subhalo))
            gathered.append({"first": links}, (offset + n_row) / n_group)
    return gathered.take("first")


def _check_links(file: Path, name: str, links: np.ndarray, n_there: int) -> None:
    """Raise where a place that a file refers to is not in the catalogue."""
    if links.size and (links.min() < 0 or links.max() >= n_there):
        raise CatalogError(
            f"{file}: {name} goes from {links.min()} to {links.max()}, but the catalogue has "
            f"{n_there} such entries; the files do not belong together, fetch the set again"
        )
