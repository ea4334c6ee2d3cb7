"""A writer of UniverseMachine's `sfr_catalog_A.bin`, field by field with `struct`.

Layout: `struct catalog_halo` in print_sm_catalog.c, distributed beside the public catalogues
(https://halos.as.arizona.edu/UniverseMachine/DR1/): three int64 (id, descid, upid), one int32
(flags), 24 floats (uparent_dist, pos[6], vmp, lvmp, mp, m, v, r, rank1, rank2, ra, rarank, A_UV,
sm, icl, sfr, obs_sm, obs_sfr, obs_uv), padded to 128 bytes.
"""

import struct
from pathlib import Path

import numpy as np

from oracles.known_halos import KnownHalos

SIZE = 128


def write_universemachine(
    path: Path, halos: KnownHalos, *, order: str = "<", flags: np.ndarray | None = None
) -> Path:
    """Write `halos` to `path`, with mp = 2 m and sm = mass / 64."""
    with path.open("wb") as file:
        for row in range(len(halos.mass)):
            file.write(_record(halos, row, order, 0 if flags is None else int(flags[row])))
    return path


def _record(halos: KnownHalos, row: int, order: str, flags: int) -> bytes:
    mass, vmax = halos.mass[row], halos.vmax[row]
    upid = halos.halo_id[halos.host[row]] if halos.satellite[row] else -1
    shape = [vmax, np.log10(vmax), mass, mass / 2, vmax, 200.0]
    ranks, light = [0.5, 0.25, 0.0, 0.0, 1.5], [mass / 64, mass / 512, 1.0, mass / 60, 1.1, -18.0]
    floats = [-1.0, *halos.positions[row], *halos.velocities[row], *shape, *ranks, *light]
    record = struct.pack(f"{order}3qi24f", halos.halo_id[row], -1, upid, flags, *floats)
    return record + bytes(SIZE - len(record))
