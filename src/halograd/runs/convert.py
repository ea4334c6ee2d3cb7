"""`halograd convert`: any catalogue as halograd's own HDF5."""

import os
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from halograd._settings import check_log_mass
from halograd.catalogs import HaloCatalog
from halograd.errors import CatalogError, HalogradError
from halograd.runs.reading import ReadOverrides

SUFFIXES = (".hdf5", ".h5")


class Converted(NamedTuple):
    """What was written.

    Attributes:
        path: The file.
        n_halo: Halos in it.
        n_particle: Particles in it.
        n_byte: Its size.
    """

    path: Path
    n_halo: int
    n_particle: int
    n_byte: int

    def __str__(self) -> str:
        matter = f" and {self.n_particle:,} particles" if self.n_particle else ""
        return f"Wrote {self.n_halo:,} halos{matter} to {self.path} ({_size(self.n_byte)})"


def run_convert(
    path: str | os.PathLike[str],
    out: str | os.PathLike[str],
    overrides: ReadOverrides | None = None,
    *,
    log_mpeak_min: float | None = None,
    force: bool = False,
) -> Converted:
    """Read a catalogue of any format and save it in halograd's HDF5.

    Args:
        path: As for `catalogs.read`.
        out: The file to write, `.hdf5` or `.h5`; it appears whole or not at all.
        overrides: What the file leaves open.
        log_mpeak_min: Lighter halos, by `log_mpeak`, are left out, log10 Msun/h.
        force: Whether to replace a file that exists.

    Raises:
        CatalogError: As `catalogs.read`, and where no halo is left.
        HalogradError: For a file that exists, one of another suffix, or a missing folder.
    """
    check_log_mass("--log-mpeak-min", log_mpeak_min)
    out = _checked(Path(out), Path(path), force)
    halos = (overrides or ReadOverrides()).read(path)
    if log_mpeak_min is not None:
        halos = _cut(halos, log_mpeak_min)
    if len(halos) == 0:
        raise CatalogError(f"{path}: no halo is left to write; lower the mass limit")
    halos.save(out)
    n_particle = 0 if halos.particles is None else len(halos.particles)
    return Converted(out, len(halos), n_particle, out.stat().st_size)


def _cut(halos: HaloCatalog, log_mpeak_min: float) -> HaloCatalog:
    """The heavier halos; provenance keeps the limit."""
    metadata = {**halos.provenance, "log_mpeak_min": f"{log_mpeak_min:g}"}
    return replace(halos[halos.log_mpeak >= log_mpeak_min], provenance=metadata)


def _checked(out: Path, source: Path, force: bool) -> Path:
    """Fail before the work rather than after it."""
    if out.suffix not in SUFFIXES:
        raise HalogradError(f"{out}: end the name in {' or '.join(SUFFIXES)}")
    if not out.absolute().parent.is_dir():
        raise HalogradError(f"{out}: its folder does not exist; make it first")
    if out.exists() and source.exists() and out.samefile(source):
        raise HalogradError(f"{out}: this is the catalogue itself; give another name")
    if out.exists() and not force:
        raise HalogradError(f"{out}: the file exists; give another name, or --force to replace it")
    return out


def _size(n_byte: int) -> str:
    for unit, one in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if n_byte >= one:
            return f"{n_byte / one:.3g} {unit}"
    return f"{n_byte} bytes"
