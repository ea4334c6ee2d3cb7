"""Writers of HACC's catalogues: OpenCosmo halo properties, and cores.

Layouts: the headers that the `opencosmo` Python toolkit (1.2) reads, and the group `coredata` that
SMACC writes (README of smacc-parallel; Sultan et al. 2021, arXiv:2012.09262).
"""

from pathlib import Path

import h5py
import numpy as np

from oracles.known_halos import BOXSIZE, N_S, OMEGA_B, OMEGA_M, REDSHIFT, SIGMA_8, H, KnownHalos

SCALE_FACTOR = 1 / (1 + REDSHIFT)
HEADER = {
    "file": {
        "origin": "HACC",
        "data_type": "halo_properties",
        "is_lightcone": False,
        "redshift": REDSHIFT,
        "step": 498,
        "unit_convention": "scalefree",
    },
    "simulation/parameters": {
        "box_size": BOXSIZE,
        "z_ini": 200.0,
        "z_end": 0.0,
        "n_gravity": 256,
        "n_steps": 500,
        "pm_grid": 256,
        "offset_gravity_ini": 0.0,
    },
    "simulation/cosmology": {
        "h": H,
        "omega_m": OMEGA_M,
        "omega_b": OMEGA_B,
        "omega_l": 1 - OMEGA_M,
        "n_eff_massless": 3.04,
        "n_eff_massive": 0.0,
        "sigma_8": SIGMA_8,
        "n_s": N_S,
        "w_0": -1.0,
        "w_a": 0.0,
    },
    "simulation/cosmotools": {
        "cosmotools_steps": np.array([498, 499]),
        "fof_linking_length": 0.168,
        "fof_pmin": 20,
        "sod_pmin": 100,
        "sod_delta_crit": 200.0,
        "sod_concentration_pmin": 100,
        "sodbighaloparticles_pmin": 1000,
        "profiles_nbins": 20,
        "galaxy_dbscan_neighbors": "",
        "galaxy_aperture_radius": "",
        "galaxy_pmin": "",
    },
    "reformat_hacc/config": {
        "cosmotools_path": "/a",
        "indat_path": "/b",
        "is_hydro": False,
        "machine": "c",
        "rearrange_output_path_pattern": "d",
        "simulation_date": "2024-01-01",
        "simulation_name": "known",
    },
}


def write_opencosmo(path: Path, halos: KnownHalos, text: type = str, **storage: object) -> Path:
    """Write all of `halos` as FOF halos, with comoving velocities; M200c of the heavier half.

    Attributes of text are of the type `text`: str as OpenCosmo has them, or np.bytes_.
    """
    heavy = halos.mass > np.median(halos.mass)
    columns = {
        "fof_halo_tag": (halos.halo_id, ""),
        "fof_halo_mass": (halos.mass.astype("f4"), "Msun/h"),
        "sod_halo_mass": (np.where(heavy, halos.mass / 2, -101).astype("f4"), "Msun/h"),
    }
    for k, axis in enumerate("xyz"):
        comoving = halos.velocities[:, k] / SCALE_FACTOR
        columns[f"fof_halo_center_{axis}"] = halos.positions[:, k].astype("f4"), "comoving Mpc/h"
        columns[f"fof_halo_com_v{axis}"] = comoving.astype("f4"), "comoving km/s"
    with h5py.File(path, "w") as file:
        for name, entries in HEADER.items():
            plain = {k: text(v) if isinstance(v, str) and v else v for k, v in entries.items()}
            file.create_group(f"header/{name}").attrs.update(plain)
        for name, (values, unit) in columns.items():
            dataset = file.create_dataset(f"data/{name}", data=values, **storage)
            dataset.attrs["unit"] = text(unit or "None")
            dataset.attrs["description"] = text("none")
    return path


def write_cores(path: Path, halos: KnownHalos, merged: np.ndarray | None = None) -> Path:
    """Write `halos` as cores, each central in a tree node of its own; `merged` marks some."""
    node = 7_000_000 + halos.host
    columns = {
        "core_tag": halos.halo_id,
        "tree_node_index": node,
        "fof_halo_tag": node % 1000,
        "infall_tree_node_mass": halos.mass.astype("f4"),
        "central": (~halos.satellite).astype("i4"),
        "host_core": np.where(halos.satellite, halos.halo_id[halos.host], 0),
        "merged": np.zeros(len(node), "i4") if merged is None else merged.astype("i4"),
        "radius": np.full(len(node), 0.01, "f4"),
    }
    for k, axis in enumerate("xyz"):
        columns[axis] = halos.positions[:, k].astype("f4")
        columns[f"v{axis}"] = (halos.velocities[:, k] / SCALE_FACTOR).astype("f4")
    with h5py.File(path, "w") as file:
        for name, values in columns.items():
            file[f"coredata/{name}"] = values
    return path
