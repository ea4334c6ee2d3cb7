"""AbacusSummit's CompaSO halos and their particles, through abacusutils."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from halograd.catalogs._reading import reading
from halograd.catalogs.catalog_format import CatalogFormat
from halograd.catalogs.growing_columns import GrowingColumns
from halograd.catalogs.halo_catalog import HaloCatalog
from halograd.catalogs.particles import ParticleDraw, Particles
from halograd.catalogs.properties import Field, find_properties, take_properties, with_unit
from halograd.catalogs.read_options import ReadOptions
from halograd.errors import CatalogError
from halograd.theory.cosmology import Cosmology

# Positions are stored to about 1e-6 of the box, so a few round to just outside it.
_ROUNDING = 1e-4

# Bytes of the files loaded at once.
_BATCH = 1 << 28
_COLUMNS = ("id", "x_L2com", "v_L2com")
_FIELDS = {
    "n_particle": Field(("N",)),
    "v_max": Field(("vcirc_max_L2com",)),
    "velocity_dispersion": Field(("sigmav3d_L2com",), 3**-0.5),
}
_SUBSAMPLES = ("halo_rv_A", "halo_rv_B", "field_rv_A", "field_rv_B")


class Compaso(CatalogFormat):
    """CompaSO halos of AbacusSummit, the folder of a snapshot (ASDF)."""

    def recognises(self, path: Path, head: bytes) -> bool:
        """Whether the content is laid out so."""
        return (path / "halo_info").is_dir() or any(path.glob("*halo_info*.asdf"))

    def read(self, path: Path, options: ReadOptions) -> HaloCatalog:
        """The halos."""
        return read_compaso(path, options, clean=options.clean)


def read_compaso(path: Path, options: ReadOptions, *, clean: bool = True) -> HaloCatalog:
    """The halos of one snapshot: Hadzhiyska et al. 2022 (arXiv:2110.11408).

    Positions and velocities are those of the largest core (`x_L2com`, `v_L2com`); the mass is the
    number of particles times their mass, as the header declares. The box of Abacus is centred on
    0 and is moved to [0, L). CompaSO halos have no subhalos, so all are centrals. `extra` has
    the particle counts as `n_particle`.

    Args:
        path: The folder of the snapshot, `SimName/halos/z0.500`.
        options: `particles` also reads the matter: all of it where the full time slices are
            there, else the A and B subsamples, weighted up to the whole.
        clean: Use the cleaned halos (merger-tree corrected; the `cleaning` folder is needed).
            Those that cleaning left without particles are dropped and counted in provenance.

    Raises:
        CatalogError: Where abacusutils is not installed, a file is missing or damaged, or the
            catalogue is a light cone.
    """
    path = path.parent if path.name == "halo_info" else path
    _refuse_light_cone(path)
    _require_abacusutils()
    _check_files(path / "halo_info")
    with reading(path, "a CompaSO catalogue"):
        asked = find_properties(path, options.properties, _names(clean), _FIELDS)
        rows, header, dropped = _halos(path, options, clean, asked)
        side = options.agreed("boxsize", path, float(header["BoxSizeHMpc"]))
        counts = rows.take("N")
        return HaloCatalog.keeping(
            positions=_in_box(rows.take("x_L2com"), header),
            log_mpeak=np.log10(counts * float(header["ParticleMassHMsun"])),
            boxsize=np.full(3, side),
            redshift=options.agreed("redshift", path, float(header["Redshift"])),
            velocities=rows.take("v_L2com"),
            halo_id=rows.take("id").astype(np.int64),
            mass_proxy="CompaSO mass, cleaned" if clean else "CompaSO mass",
            extra={"n_particle": counts} | take_properties(rows.finish()),
            cosmology=options.agreed("cosmology", path, _cosmology(header)),
            particles=_read_particles(path, header, options) if options.particles else None,
            provenance=_provenance(path, header) | dropped,
        )


def has_particles(path: Path) -> bool:
    """Whether a path is a snapshot of CompaSO with particles beside its halos."""
    path = path.parent if path.name == "halo_info" else path
    kept = (_slices(path), *(path / kind for kind in _SUBSAMPLES))
    return (path / "halo_info").is_dir() and any(folder.is_dir() for folder in kept)


def _slices(path: Path) -> Path:
    """Where the full time slice of a snapshot is, `SimName/slices/z0.500`, if there is one."""
    whole = path.absolute()
    return whole.parent.parent / "slices" / whole.name


def _require_abacusutils() -> None:
    try:
        import abacusnbody.data.compaso_halo_catalog  # noqa: F401
    except ImportError as cause:
        raise CatalogError(
            "reading AbacusSummit needs abacusutils: pip install halograd[abacus]"
        ) from cause


def _refuse_light_cone(path: Path) -> None:
    if any(path.glob("lc_halo_info*.asdf")):
        raise CatalogError(
            f"{path}: a light cone is not a periodic box; give the snapshot, SimName/halos/z0.500"
        )


def _check_files(folder: Path) -> None:
    """Raise where a file that the checksum list of `folder` names is missing or cut short."""
    listing = folder / "checksums.crc32"
    for line in listing.read_text().splitlines() if listing.exists() else ():
        _, size, name = line.split(maxsplit=2)
        file = folder / name
        if not file.exists() or file.stat().st_size != int(size):
            found = f"{file.stat().st_size} bytes" if file.exists() else "no such file"
            raise CatalogError(f"{file}: {size} bytes expected, {found}; fetch the file again")


def _halos(
    path: Path, options: ReadOptions, clean: bool, asked: Mapping[str, tuple[str, float]]
) -> tuple[GrowingColumns, Mapping[str, Any], dict[str, str]]:
    """The rows that have particles and enough mass, a header, and what was dropped."""
    total = len(list((path / "halo_info").glob("*.asdf")))
    rows, done, n_row, n_empty, n_light = GrowingColumns(), 0, 0, 0, 0
    for files in _batches(path / "halo_info"):
        table, header = _load_halos(path, files, clean, [old for old, _ in asked.values()])
        counts = np.asarray(table["N"], dtype=np.int64)
        full = counts > 0
        light = full & (counts * float(header["ParticleMassHMsun"]) < (options.min_mass or 0.0))
        kept = full & ~light
        columns = {name: np.asarray(table[name])[kept] for name in _COLUMNS}
        columns |= {
            new: with_unit(np.asarray(table[old])[kept], unit) for new, (old, unit) in asked.items()
        }
        done, n_row = done + len(files), n_row + len(counts)
        rows.append({"N": counts[kept], **columns}, done / total)
        n_empty += int(np.count_nonzero(~full))
        n_light += int(np.count_nonzero(light))
        options.report(done, total)
    dropped = [f"{n_empty} halo(s) without particles after cleaning"] * (n_empty > 0)
    if n_light:
        dropped.append(f"{n_light} of {n_row} rows, below min_mass = {options.min_mass:g} Msun/h")
    return rows, header, {"dropped": "; ".join(dropped)} if dropped else {}


def _batches(folder: Path) -> Iterator[list[Path]]:
    """The files in `folder`, some at a time, since each load has a price of its own."""
    batch: list[Path] = []
    files = sorted(folder.glob("*.asdf"))
    if not files:
        raise CatalogError(f"{folder}: no halo_info_*.asdf files here; fetch the snapshot again")
    for file in files:
        batch.append(file)
        if sum(other.stat().st_size for other in batch) >= _BATCH or file == files[-1]:
            yield batch
            batch = []


def _names(clean: bool) -> list[str]:
    """The columns that abacusutils gives of a snapshot."""
    from abacusnbody.data import compaso_halo_catalog

    cleaned = [name for name in compaso_halo_catalog.clean_dt.names if name != "haloindex"]
    return [*compaso_halo_catalog.user_dt.names, *cleaned * clean]


def _load_halos(
    path: Path, files: list[Path], clean: bool, more: list[str]
) -> tuple[Any, Mapping[str, Any]]:
    from abacusnbody.data.compaso_halo_catalog import CompaSOHaloCatalog

    try:
        catalog = CompaSOHaloCatalog(
            files, cleaned=clean, fields=list(dict.fromkeys(["N", *_COLUMNS, *more]))
        )
    except FileNotFoundError as cause:
        advice = "; or read the uncleaned halos with clean=False" if clean else ""
        raise CatalogError(f"{path}: {cause}{advice}") from cause
    return catalog.halos, catalog.header


def _in_box(positions: np.ndarray, header: Mapping[str, Any]) -> np.ndarray:
    """From [-B/2, B/2] in the header's unit to [0, L) in Mpc/h."""
    box = float(header["BoxSize"])
    fractions = positions.astype(np.float64) / box + 0.5
    outside = np.abs(fractions - 0.5) > 0.5 + _ROUNDING
    if outside.any():
        raise CatalogError(
            f"{int(outside.any(axis=1).sum())} positions lie outside the box of +-{box / 2} that "
            "the header declares; the files do not belong together"
        )
    return np.mod(fractions, 1.0) * float(header["BoxSizeHMpc"])


def _cosmology(header: Mapping[str, Any]) -> Cosmology | None:
    """The cosmology of the header, or None where it is not flat ΛCDM."""
    if header.get("w0", -1) != -1 or header.get("wa", 0) != 0 or header.get("Omega_K", 0) != 0:
        return None
    h = float(header["H0"]) / 100
    omega_b = header.get("omega_b")
    return Cosmology(
        omega_m=float(header["Omega_M"]),
        h=h,
        omega_b=None if omega_b is None else float(omega_b) / h**2,
        sigma8=header.get("sigma8_m"),
        n_s=header.get("n_s"),
    )


def _provenance(path: Path, header: Mapping[str, Any]) -> dict[str, str]:
    return {
        "source": str(path),
        "format": "compaso",
        "simulation": str(header["SimName"]),
        "cleaned": str(bool(header["cleaned_halos"])),
        "origin": "positions moved from a box centred on 0 to [0, L)",
    }


def _read_particles(path: Path, header: Mapping[str, Any], options: ReadOptions) -> Particles:
    """All particles of the time slice, or the A and B subsamples weighted up to them."""
    total, draw = int(header["NP"]), options.particle_draw()
    slices = _slices(path)
    if slices.is_dir():
        positions = _load_positions([slices / "L0_pack9", slices / "field_pack9"], draw, options)
        if draw.n_seen != total:
            raise CatalogError(
                f"{slices}: {draw.n_seen} particles, but the header declares {total}; fetch the "
                "missing files"
            )
    else:
        positions = _load_positions([path / kind for kind in _SUBSAMPLES], draw, options)
    weight = total / max(draw.n_seen, 1)
    return draw.particles(
        positions=_in_box(positions, header),
        masses=np.float64(float(header["ParticleMassHMsun"]) * weight),
        boxsize=np.full(3, float(header["BoxSizeHMpc"])),
        fraction=min(1 / weight, 1.0),
    )


def _load_positions(folders: list[Path], draw: ParticleDraw, options: ReadOptions) -> np.ndarray:
    from abacusnbody.data.read_abacus import read_asdf

    gathered, files = GrowingColumns(), _particle_files(folders)
    for done, file in enumerate(files, start=1):
        with reading(file, "an Abacus particle file"):
            points = np.asarray(read_asdf(file, load=["pos"], verbose=False)["pos"])
        gathered.append({"positions": points[draw.chosen(len(points))]}, done / len(files))
        options.report(done, len(files))
    return gathered.take("positions")


def _particle_files(folders: list[Path]) -> list[Path]:
    found = []
    for folder in folders:
        _check_files(folder)
        files = sorted(folder.glob("*.asdf"))
        if not files:
            raise CatalogError(f"{folder}: no particle files here; fetch them, or read the halos")
        found += files
    return found
