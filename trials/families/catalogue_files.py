"""Damaged catalogue files of every format: a valid catalogue, or one clear refusal."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from halograd import catalogs
from oracles.gadget_file import write_catalog
from oracles.hacc_file import write_opencosmo
from oracles.halotools_file import halotools_columns, write_halotools
from oracles.known_halos import BOXSIZE, REDSHIFT, known_halos
from oracles.rockstar_text import HLIST_HEADER, OUT_HEADER, hlist_row, out_row
from oracles.universemachine_file import write_universemachine
from trials.hostile import answer, damaged

HALOS = known_halos()
TABLE = {
    **{"position": ["x", "y", "z"], "position_unit": "Mpc/h", "mass": "m", "mass_unit": "Msun/h"},
    **{"boxsize": BOXSIZE, "redshift": REDSHIFT},
}


def _text(path: Path, header: str, row: Callable[[int], str]) -> Path:
    path.write_text(header + "".join(row(own) for own in range(1, 20)))
    return path


def _table(path: Path) -> Path:
    columns = np.column_stack([HALOS.positions, HALOS.mass])
    np.savetxt(path, columns, header="x y z m", comments="# " if path.suffix == ".txt" else "")
    return path


def _npz(path: Path) -> Path:
    x, y, z = HALOS.positions.T
    np.savez(path, x=x, y=y, z=z, m=HALOS.mass)
    return path


def _parquet(path: Path) -> Path:
    import pandas as pd

    columns = dict(zip("xyz", HALOS.positions.T, strict=True)) | {"m": HALOS.mass}
    pd.DataFrame(columns).to_parquet(path)
    return path


def _fits(path: Path) -> Path:
    from astropy.table import Table

    columns = dict(zip("xyz", HALOS.positions.T, strict=True)) | {"m": HALOS.mass}
    Table(columns).write(path)
    return path


def _own(path: Path) -> Path:
    catalogs.HaloCatalog(
        positions=HALOS.positions,
        log_mpeak=np.log10(HALOS.mass),
        boxsize=BOXSIZE,
        redshift=REDSHIFT,
    ).save(path)
    return path


_DECLARED = {"boxsize": BOXSIZE, "redshift": REDSHIFT}
FORMATS: dict[str, tuple[Callable[[Path], Path], dict[str, Any]]] = {
    "halograd.hdf5": (_own, {}),
    "out_0.list": (lambda path: _text(path, OUT_HEADER, out_row), {}),
    "hlist_1.0.list": (lambda path: _text(path, HLIST_HEADER, hlist_row), {}),
    "halotools.hdf5": (lambda path: write_halotools(path, halotools_columns(HALOS)), {}),
    "sfr.bin": (lambda path: write_universemachine(path, HALOS), _DECLARED),
    "fof_subhalo_tab_099.hdf5": (lambda path: write_catalog(path, HALOS), {}),
    "haloproperties.hdf5": (lambda path: write_opencosmo(path, HALOS, np.bytes_), {}),
    "table.txt": (_table, {"columns": TABLE}),
    "table.csv": (_table, {"columns": TABLE}),
    "table.npz": (_npz, {"columns": TABLE}),
    "table.parquet": (_parquet, {"columns": TABLE}),
    "table.fits": (_fits, {"columns": TABLE}),
}


@cache
def _intact(name: str) -> tuple[bytes, Any]:
    with TemporaryDirectory() as place:
        write, options = FORMATS[name]
        made = Path(write(Path(place) / name))
        files = [made] if made.is_file() else sorted(p for p in made.rglob("*") if p.is_file())
        read = answer(lambda: catalogs.read(made, **options))
        return files[0].read_bytes(), read


def one(rng: np.random.Generator, folder: Path) -> str | None:
    """One file, damaged somewhere."""
    name = list(FORMATS)[rng.integers(len(FORMATS))]
    content, whole = _intact(name)
    if whole.value is None:
        return f"{name}: not read when whole: {whole.refusal or whole.fault}"
    path = folder / name
    path.write_bytes(damaged(rng, content))
    options = FORMATS[name][1]
    found = answer(lambda: catalogs.read(path, **options))
    path.unlink()
    if found.fault:
        return f"{name}: {found.fault}"
    if found.refusal is not None:
        return None if "\n" not in found.refusal else f"{name}: {found.refusal[:200]!r}"
    halos = found.value
    if name == "halograd.hdf5":
        same = np.array_equal(halos.positions, whole.value.positions)
        return (
            None if same and np.array_equal(halos.log_mpeak, whole.value.log_mpeak) else "changed"
        )
    inside = (halos.positions >= 0).all() and (halos.positions < halos.boxsize).all()
    return None if inside and np.isfinite(halos.log_mpeak).all() else f"{name}: no valid catalogue"
