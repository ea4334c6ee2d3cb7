"""UniverseMachine's binary galaxy catalogues, `sfr_catalog_A.bin`."""

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from halograd.catalogs._reader_checks import MassCut, check_filled, into_box, refuse_particles
from halograd.catalogs._reading import reading
from halograd.catalogs.catalog_format import CatalogFormat
from halograd.catalogs.growing_columns import ROWS, GrowingColumns
from halograd.catalogs.halo_catalog import HaloCatalog
from halograd.catalogs.hosts import host_index
from halograd.catalogs.properties import Field, find_properties, take_properties, with_unit
from halograd.catalogs.read_options import ReadOptions
from halograd.errors import CatalogError

# struct catalog_halo of UniverseMachine's print_sm_catalog.c, padded to a multiple of 8 bytes.
RECORD = np.dtype(
    [
        ("id", "<i8"),
        ("descid", "<i8"),
        ("upid", "<i8"),
        ("flags", "<i4"),
        ("uparent_dist", "<f4"),
        ("pos", "<f4", 3),
        ("vel", "<f4", 3),
        ("vmp", "<f4"),
        ("lvmp", "<f4"),
        ("mp", "<f4"),
        ("m", "<f4"),
        ("v", "<f4"),
        ("r", "<f4"),
        ("rank1", "<f4"),
        ("rank2", "<f4"),
        ("ra", "<f4"),
        ("rarank", "<f4"),
        ("a_uv", "<f4"),
        ("sm", "<f4"),
        ("icl", "<f4"),
        ("sfr", "<f4"),
        ("obs_sm", "<f4"),
        ("obs_sfr", "<f4"),
        ("obs_uv", "<f4"),
        ("padding", "<f4"),
    ]
)
_COLUMNS = ("id", "upid", "pos", "vel", "mp", "vmp", "sm")
_FIELDS = {
    "vmp": Field(("vmp",)),
    "sm": Field(("sm",)),
    "v_at_mpeak": Field(("vmp",)),
    "v_max": Field(("v",)),
    "mass_now": Field(("m",)),
    "r_vir": Field(("r",), 1e-3),
    "stellar_mass": Field(("sm",)),
    "star_formation_rate": Field(("sfr",)),
}
# Rows with this bit in flags are to be ignored (same source).
_IGNORED = 16
_SCALE_FACTOR = re.compile(r"_(\d+\.\d+)\.bin$")
# Msun/h, far wider than halos are: only damage lies outside.
_MASSES = (1.0, 1e20)


class UniverseMachine(CatalogFormat):
    """Binary catalogues of UniverseMachine (sfr_catalog_*.bin)."""

    def recognises(self, path: Path, head: bytes) -> bool:
        """Whether the content is laid out so."""
        return is_universemachine(path)

    def read(self, path: Path, options: ReadOptions) -> HaloCatalog:
        """The halos."""
        return read_universemachine(path, options)


def read_universemachine(path: Path, options: ReadOptions) -> HaloCatalog:
    """The halos of one `sfr_catalog_A.bin`: Behroozi et al. 2019 (arXiv:1806.07893).

    Records of 128 bytes without a header: positions in comoving Mpc/h, peculiar velocities in
    km/s, masses in Msun/h. The mass is the peak mass `mp`, a satellite has `upid` ≥ 0, and
    `extra` has `vmp` (km/s, Vmax when the mass peaked) and `sm` (Msun, the true stellar mass of
    UniverseMachine). Rows that the format marks as to be ignored are dropped and counted.

    Args:
        path: The file. The scale factor is in its name; else give `redshift`.
        options: `boxsize` is needed; `cosmology` where it is to be known.

    Raises:
        CatalogError: Where the file is damaged, not of this format, or a declaration is missing.
    """
    refuse_particles(path, options, "a UniverseMachine catalogue")
    with reading(path, "a UniverseMachine catalogue"):
        return _read(path, options)


def is_universemachine(path: Path) -> bool:
    """Whether the first records of `path` can be UniverseMachine's."""
    size = path.stat().st_size
    if size == 0 or size % RECORD.itemsize:
        return False
    rows = np.fromfile(path, RECORD, count=min(1000, size // RECORD.itemsize))
    return bool(_plausible(rows).all())


def _read(path: Path, options: ReadOptions) -> HaloCatalog:
    options.require(path, boxsize=None, redshift=_redshift(path))
    redshift = options.agreed("redshift", path, _redshift(path))
    sides = np.full(3, float(options.agreed("boxsize", path)))
    names = [name for name in RECORD.names if name != "padding"]
    asked = find_properties(path, options.properties, names, _FIELDS)
    cut, gathered, n_ignored = MassCut(path, "mp", options), GrowingColumns(), 0
    for rows, share in _records(path, options):
        kept = cut.keeps(rows["mp"])
        ignored = (rows["flags"] & _IGNORED) != 0
        n_ignored += int(np.count_nonzero(kept & ignored))
        chosen = rows[kept & ~ignored]
        more = {new: with_unit(chosen[old], unit) for new, (old, unit) in asked.items()}
        gathered.append({name: chosen[name] for name in _COLUMNS} | more, share)
    positions = into_box(path, gathered.take("pos"), sides)
    check_filled(path, positions, sides)
    halo_id, host_id = gathered.take("id"), gathered.take("upid")
    satellite = host_id >= 0
    return HaloCatalog.keeping(
        positions=positions,
        log_mpeak=np.log10(gathered.take("mp"), dtype=np.float64),
        boxsize=sides,
        redshift=redshift,
        is_satellite=satellite,
        velocities=gathered.take("vel"),
        halo_id=halo_id,
        host_index=host_index(halo_id, host_id, satellite),
        mass_proxy="Mpeak",
        extra={"vmp": gathered.take("vmp"), "sm": gathered.take("sm")}
        | take_properties(gathered.finish()),
        cosmology=options.agreed("cosmology", path),
        provenance=_provenance(path, cut, n_ignored),
    )


def _records(path: Path, options: ReadOptions) -> Iterator[tuple[np.ndarray, float]]:
    """The records piece by piece, each with the share of the file read so far."""
    with path.open("rb") as file:
        n_row = _n_row(path)
        for start in range(0, n_row, ROWS):
            rows = np.fromfile(file, RECORD, count=min(ROWS, n_row - start))
            if len(rows) < min(ROWS, n_row - start):
                raise CatalogError(f"{path}: ended in row {start + len(rows)} of {n_row}")
            _check(path, rows, start)
            options.report(start + len(rows), n_row)
            yield rows, (start + len(rows)) / n_row


def _n_row(path: Path) -> int:
    size = path.stat().st_size
    n_row, rest = divmod(size, RECORD.itemsize)
    if size == 0:
        raise CatalogError(f"{path}: the file is empty; fetch it again")
    if rest:
        raise CatalogError(
            f"{path}: {size} bytes are {n_row} records of {RECORD.itemsize} bytes and {rest} more; "
            "the file was cut short or is of another format; fetch it again"
        )
    return n_row


def _check(path: Path, rows: np.ndarray, start: int) -> None:
    bad = ~_plausible(rows)
    if not bad.any():
        return
    row = int(np.argmax(bad))
    what = "it is damaged or of another format; fetch it again"
    if _plausible(rows.view(RECORD.newbyteorder())).all():
        what = "it was written with the other byte order; convert it to little-endian"
    raise CatalogError(
        f"{path}: row {start + row} (byte {(start + row) * RECORD.itemsize}) cannot be a halo: id "
        f"{rows['id'][row]}, upid {rows['upid'][row]}, mp {rows['mp'][row]:g} Msun/h; {what}"
    )


def _plausible(rows: np.ndarray) -> np.ndarray:
    """Whether each record can be a halo. (n,)"""
    low, high = _MASSES
    linked = (rows["id"] >= 0) & (rows["upid"] >= -1) & (rows["upid"] != rows["id"])
    massive = (rows["mp"] >= low) & (rows["mp"] <= high)
    finite = np.isfinite(rows["pos"]).all(axis=1) & np.isfinite(rows["vel"]).all(axis=1)
    return linked & massive & finite


def _redshift(path: Path) -> float | None:
    found = _SCALE_FACTOR.search(path.name)
    scale_factor = float(found[1]) if found else 0.0
    return 1 / scale_factor - 1 if scale_factor > 0 else None


def _provenance(path: Path, cut: MassCut, n_ignored: int) -> dict[str, str]:
    entries = {"source": str(path), "format": "universemachine", **cut.provenance()}
    if n_ignored:
        entries["ignored"] = f"{n_ignored} rows that flags marks as to be ignored"
    return entries
