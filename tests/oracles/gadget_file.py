"""Writers of the group catalogues and snapshots of GADGET-4 and IllustrisTNG.

Layouts: the documentation of GADGET-4 (snapshot file format; its fof_io.cc writes the group files)
and the data specifications of IllustrisTNG (https://www.tng-project.org/data/docs/specifications).
"""

from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np

from oracles.known_halos import BOXSIZE, OMEGA_B, OMEGA_M, REDSHIFT, H, KnownHalos

UNITS = {
    "UnitLength_in_cm": 3.085678e21,
    "UnitMass_in_g": 1.989e43,
    "UnitVelocity_in_cm_per_s": 1e5,
}
COSMOLOGY = {"Omega0": OMEGA_M, "OmegaLambda": 1 - OMEGA_M, "HubbleParam": H}
N_PARTICLE = 300
_PER_GROUP = ("Ngroups", "Group"), ("Nsubhalos", "Subhalo")


@dataclass(frozen=True)
class Group:
    """The order of halos in a catalogue: group by group, the central first.

    Attributes:
        order: (n,), rows of the known halos.
        number: (n,), the group of each.
        first: (n_group,), the place of each group's central.
    """

    order: np.ndarray
    number: np.ndarray
    first: np.ndarray


def grouped(halos: KnownHalos) -> Group:
    """`halos` in the order that Subfind writes."""
    order = np.lexsort((halos.satellite, halos.host))
    first = np.flatnonzero(~halos.satellite[order])
    return Group(order, halos.host[order], first)


def write_catalog(
    folder: Path, halos: KnownHalos, *, tng: bool = False, n_file: int = 3, subhalos: bool = True
) -> Path:
    """Write a catalogue of `n_file` files, of GADGET-4 or of TNG, into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    columns = _columns(halos, tng, subhalos)
    totals = {kind: len(next(iter(values.values()))) for kind, values in columns.items()}
    for part in range(n_file):
        name = "fof_subhalo_tab_099" + (f".{part}" if n_file > 1 else "") + ".hdf5"
        with h5py.File(folder / name, "w") as file:
            chosen = {
                kind: slice(n * part // n_file, n * (part + 1) // n_file)
                for kind, n in totals.items()
            }
            _write_header(file, chosen, totals, n_file, tng)
            for kind, values in columns.items():
                for key, column in values.items():
                    file[f"{kind}/{key}"] = column[chosen[kind]]
    return folder


def write_snapshot(
    folder: Path, *, n_file: int = 2, tng: bool = False, seed: int = 3
) -> np.ndarray:
    """Write a snapshot of dark matter and stars; returns positions and masses in Mpc/h, Msun/h."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    positions = rng.integers(0, int(8 * BOXSIZE), (N_PARTICLE, 3)) / 8.0
    masses = np.where(np.arange(N_PARTICLE) < 200, 2.0, rng.integers(1, 9, N_PARTICLE) / 8.0)
    kinds = {1: np.arange(200), 4: np.arange(200, N_PARTICLE)}
    total = np.zeros(6, "u4")
    total[[1, 4]] = [200, N_PARTICLE - 200]
    if tng:
        total[3] = 50
    for part in range(n_file):
        name = "snap_099" + (f".{part}" if n_file > 1 else "") + ".hdf5"
        rows = {kind: all_rows[part::n_file] for kind, all_rows in kinds.items()}
        with h5py.File(folder / name, "w") as file:
            here = np.zeros(6, "i4")
            here[[1, 4]] = [len(rows[1]), len(rows[4])]
            if tng:
                here[3] = len(np.arange(50)[part::n_file])
                file["PartType3/TracerID"] = np.arange(here[3])
            file.create_group("Header").attrs.update(
                NumPart_ThisFile=here,
                NumPart_Total=total,
                NumPart_Total_HighWord=np.zeros(6, "u4"),
                MassTable=np.array([0, 2.0, 0, 0, 0, 0]),
                NumFilesPerSnapshot=n_file,
                BoxSize=BOXSIZE * 1000,
                Redshift=REDSHIFT,
                Time=1 / (1 + REDSHIFT),
            )
            for kind, chosen in rows.items():
                file[f"PartType{kind}/Coordinates"] = positions[chosen] * 1000
            file["PartType4/Masses"] = masses[rows[4]].astype("f4")
    order = np.concatenate([kinds[k][part::n_file] for part in range(n_file) for k in (1, 4)])
    return np.column_stack([positions, masses * 1e10])[order]


def _columns(halos: KnownHalos, tng: bool, subhalos: bool) -> dict[str, dict[str, np.ndarray]]:
    group = grouped(halos)
    order, heads = group.order, group.order[group.first]
    scale_factor = 1 / (1 + REDSHIFT)
    groups = {
        "GroupPos": (halos.positions[heads] * 1000).astype("f4"),
        "GroupVel": (halos.velocities[heads] * scale_factor).astype("f4"),
        "GroupMass": (halos.mass[heads] / 1e10).astype("f8"),
        "GroupFirstSub": group.first.astype("i4" if tng else "i8"),
    }
    if not subhalos:
        return {"Group": groups, "Subhalo": {"SubhaloMass": np.empty(0, "f4")}}
    return {
        "Group": groups,
        "Subhalo": {
            "SubhaloPos": (halos.positions[order] * 1000).astype("f4"),
            "SubhaloVel": halos.velocities[order].astype("f4"),
            "SubhaloMass": (halos.mass[order] / 1e10).astype("f8"),
            "SubhaloVmax": halos.vmax[order].astype("f4"),
            "SubhaloGrNr" if tng else "SubhaloGroupNr": group.number.astype("i8"),
            **({"SubhaloFlag": np.ones(len(order), bool).astype("u1")} if tng else {}),
        },
    }


def _write_header(
    file: h5py.File, chosen: dict[str, slice], totals: dict[str, int], n_file: int, tng: bool
) -> None:
    header = file.create_group("Header")
    for name, kind in _PER_GROUP:
        stem = "Nsubgroups" if tng and name == "Nsubhalos" else name
        header.attrs[f"{stem}_ThisFile"] = np.int64(chosen[kind].stop - chosen[kind].start)
        header.attrs[f"{stem}_Total"] = np.int64(totals[kind])
    header.attrs.update(
        NumFiles=np.int32(n_file),
        BoxSize=BOXSIZE * 1000,
        Redshift=REDSHIFT,
        Time=1 / (1 + REDSHIFT),
    )
    if tng:
        header.attrs.update(COSMOLOGY)
    else:
        file.create_group("Parameters").attrs.update(UNITS | COSMOLOGY | {"OmegaBaryon": OMEGA_B})
        file.create_group("Config").attrs["FOF"] = ""
