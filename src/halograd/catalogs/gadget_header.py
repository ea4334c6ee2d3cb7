"""What the headers of a GADGET group catalogue declare, all its files agreeing."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from halograd.catalogs._reading import reading
from halograd.catalogs.gadget_files import check_complete
from halograd.catalogs.hdf5_column import count, member, number
from halograd.catalogs.read_options import ReadOptions
from halograd.errors import CatalogError
from halograd.theory.cosmology import Cosmology

if TYPE_CHECKING:
    import h5py

# IAU 2015 and CODATA values; codes round them differently, by a few parts in 10,000.
_MPC_IN_CM = 3.0856775814913673e24
_MSUN_IN_G = 1.988409870698051e33
_ROUNDED = 1e-3
_FLAT = 1e-3
_AGREE = 1e-4


@dataclass(frozen=True)
class GadgetHeader:
    """The header of a catalogue, in halograd's units.

    Attributes:
        files: The files, in order.
        n_group: Groups in each file.
        n_subhalo: Subhalos in each file.
        boxsize: Side of the box, comoving Mpc/h.
        boxsize_in_file: The same, in the units of the file.
        redshift: Redshift.
        length_unit: Comoving Mpc/h.
        mass_unit: Msun/h.
        velocity_unit: km/s.
        cosmology: Where declared, and flat.
        units: Where the units come from, for provenance.
    """

    files: tuple[Path, ...]
    n_group: tuple[int, ...]
    n_subhalo: tuple[int, ...]
    boxsize: float
    boxsize_in_file: float
    redshift: float
    length_unit: float
    mass_unit: float
    velocity_unit: float
    cosmology: Cosmology | None
    units: str

    @property
    def path(self) -> Path:
        """The first file, for messages."""
        return self.files[0]


def read_headers(files: list[Path], options: ReadOptions) -> GadgetHeader:
    """The headers of all `files`, checked against one another and against the caller.

    Raises:
        CatalogError: Where a file is missing, they do not belong together, or neither the files
            nor the caller say what the units are.
    """
    import h5py

    counts = []
    for file in files:
        with reading(file, "a GADGET group catalogue"), h5py.File(file, "r") as opened:
            header = member(file, opened, "Header")
            if file == files[0]:
                check_complete(files, count(file, header, "NumFiles"))
                first = _declared(file, opened, header, options)
                totals = _counts(file, header, "Total")
                reference = _identity(file, header)
            if _identity(file, header) != reference or _counts(file, header, "Total") != totals:
                raise CatalogError(
                    f"{file}: its header differs from that of {files[0].name}; the files do not "
                    "belong together, fetch the set again"
                )
            counts.append(_counts(file, header, "ThisFile"))
    n_group, n_subhalo = zip(*counts, strict=True)
    if (sum(n_group), sum(n_subhalo)) != totals:
        raise CatalogError(
            f"{files[0]}: the files hold {sum(n_group)} groups and {sum(n_subhalo)} subhalos, but "
            f"the header declares {totals[0]} and {totals[1]}; fetch the set again"
        )
    return GadgetHeader(files=tuple(files), n_group=n_group, n_subhalo=n_subhalo, **first)


def _counts(file: Path, header: "h5py.Group", which: str) -> tuple[int, int]:
    return (
        count(file, header, f"Ngroups_{which}"),
        count(file, header, f"Nsubhalos_{which}", f"Nsubgroups_{which}"),
    )


def _identity(file: Path, header: "h5py.Group") -> tuple[float, float, int]:
    box, redshift = (number(file, header, name) for name in ("BoxSize", "Redshift"))
    return box, redshift, count(file, header, "NumFiles")


def _declared(
    file: Path, opened: "h5py.File", header: "h5py.Group", options: ReadOptions
) -> dict[str, object]:
    """Everything but the counts, of the first file."""
    groups = [group for group in (opened.get("Parameters"), header) if group is not None]
    box = number(file, header, "BoxSize")
    if box <= 0:
        raise CatalogError(f"{file}: BoxSize must be positive, got {box:g}; fetch the file again")
    length, mass, units = _units(file, groups, box, options)
    velocity = _optional(file, groups, "UnitVelocity_in_cm_per_s")
    return {
        "boxsize": float(options.agreed("boxsize", file, box * length)),
        "boxsize_in_file": box,
        "redshift": options.agreed("redshift", file, _redshift(file, header)),
        "length_unit": length,
        "mass_unit": mass,
        "velocity_unit": 1.0 if velocity is None else velocity / 1e5,
        "cosmology": options.agreed("cosmology", file, _cosmology(file, groups)),
        "units": units,
    }


def _units(
    file: Path, groups: list["h5py.Group"], box: float, options: ReadOptions
) -> tuple[float, float, str]:
    """The units of length in Mpc/h and of mass in Msun/h, and where they come from."""
    length = _optional(file, groups, "UnitLength_in_cm")
    mass = _optional(file, groups, "UnitMass_in_g")
    if length is not None and mass is not None:
        return _power(length / _MPC_IN_CM), _power(mass / _MSUN_IN_G), "declared by the file"
    if options.boxsize is None:
        raise CatalogError(
            f"{file}: the file does not declare UnitLength_in_cm and UnitMass_in_g; give boxsize "
            f"in Mpc/h (its BoxSize is {box:g} of an unknown unit), and masses are taken as "
            "1e10 Msun/h, as the data specifications of IllustrisTNG say"
        )
    length = _power(options.boxsize / box)
    if length not in (1.0, 1e-3):
        raise CatalogError(
            f"{file}: BoxSize is {box:g} and boxsize = {options.boxsize:g} Mpc/h was given, so the "
            "unit is neither Mpc/h nor kpc/h; give the side of this box in Mpc/h"
        )
    return length, 1e10, "length from the given boxsize, masses in 1e10 Msun/h"


def _power(value: float) -> float:
    """`value`, or the power of ten that rounded constants make it miss."""
    if value <= 0:
        return value
    power = 10.0 ** round(math.log10(value))
    return power if abs(value / power - 1) < _ROUNDED else value


def _redshift(file: Path, header: "h5py.Group") -> float:
    redshift = number(file, header, "Redshift")
    if "Time" in header.attrs:
        scale_factor = number(file, header, "Time")
        if abs(scale_factor * (1 + redshift) - 1) > _AGREE:
            raise CatalogError(
                f"{file}: Redshift = {redshift:g} and Time = {scale_factor:g}, the scale factor, "
                "disagree; the run is not cosmological or the file damaged"
            )
    return redshift


def _cosmology(file: Path, groups: list["h5py.Group"]) -> Cosmology | None:
    """The cosmology of the run, or None where it is not declared or not flat ΛCDM."""
    omega_m, omega_l = (_optional(file, groups, name) for name in ("Omega0", "OmegaLambda"))
    h = _optional(file, groups, "HubbleParam")
    if not omega_m or omega_l is None or not h or abs(omega_m + omega_l - 1) > _FLAT:
        return None
    return Cosmology(omega_m=omega_m, h=h, omega_b=_optional(file, groups, "OmegaBaryon") or None)


def _optional(file: Path, groups: list["h5py.Group"], name: str) -> float | None:
    """The attribute `name` of the first group that has it, None where none does."""
    for group in groups:
        if name in group.attrs:
            return number(file, group, name)
    return None
