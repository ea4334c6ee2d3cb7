"""A writer of halotools' cached halo tables.

Layout: `UserSuppliedHaloCatalog.add_halocat_to_cache` of halotools 0.9.4 writes a structured
dataset `data`, and attributes of the file; text as bytes, the redshift as text of four decimals.
"""

from collections.abc import Mapping
from pathlib import Path

import h5py
import numpy as np

from oracles.known_halos import BOXSIZE, REDSHIFT, KnownHalos

ATTRIBUTES = {
    "simname": np.bytes_("known"),
    "halo_finder": np.bytes_("rockstar"),
    "version_name": np.bytes_("v1"),
    "redshift": np.bytes_(f"{REDSHIFT:.4f}"),
    "fname": np.bytes_("/somewhere/known.hdf5"),
    "Lbox": np.full(3, BOXSIZE),
    "particle_mass": 1e8,
    "processing_notes": np.bytes_("none"),
}


def halotools_columns(halos: KnownHalos) -> dict[str, np.ndarray]:
    """The columns of the table, by name."""
    upid = np.where(halos.satellite, halos.halo_id[halos.host], -1)
    axes = dict(zip("xyz", range(3), strict=True))
    return {
        "halo_id": halos.halo_id,
        **{f"halo_{axis}": halos.positions[:, k].astype("f4") for axis, k in axes.items()},
        **{f"halo_v{axis}": halos.velocities[:, k].astype("f4") for axis, k in axes.items()},
        "halo_mvir": (halos.mass / 2).astype("f4"),
        "halo_mpeak": halos.mass.astype("f4"),
        "halo_upid": upid,
        "halo_hostid": halos.halo_id[halos.host],
        "halo_rvir": np.full(len(halos.mass), 0.25, "f4"),
    }


def write_halotools(
    path: Path,
    columns: Mapping[str, np.ndarray],
    attributes: Mapping[str, object] = ATTRIBUTES,
    **storage: object,
) -> Path:
    """Write `columns` as the table, and `attributes`; `storage` goes to `create_dataset`."""
    names = list(columns)
    table = np.empty(len(columns[names[0]]), [(name, columns[name].dtype.str) for name in names])
    for name in names:
        table[name] = columns[name]
    with h5py.File(path, "w") as file:
        file.create_dataset("data", data=table, **storage)
        for name, value in attributes.items():
            file.attrs[name] = value
    return path
