"""Halos moved so far apart that all their pairs lie within them."""

import numpy as np

from halograd.catalogs.halo_catalog import HaloCatalog

_SHIFT_PER_SPEED = 0.02  # Mpc/h per km/s: more than (1 + z) / H at any redshift
_SPARE = 1.01


def isolated(
    halos: HaloCatalog, rows: np.ndarray, hosts: np.ndarray, group: np.ndarray, reach: float
) -> HaloCatalog:
    """Rows of a catalogue in a box so wide that those of different groups have no pairs.

    Args:
        halos: The catalogue.
        rows: (n,), to be kept.
        hosts: (n,), the row of the host of each, whose place and velocity are taken off.
        group: (n,), what stays together, numbered from 0.
        reach: The longest separation that counts, comoving Mpc/h, in redshift space too.
    """
    offset = halos.positions[rows] - halos.positions[hosts]
    offset -= halos.boxsize * np.round(offset / halos.boxsize)
    drift, widest = None, np.abs(offset).max(initial=0.0)
    if halos.velocities is not None:
        drift = halos.velocities[rows] - halos.velocities[hosts]
        widest += _SHIFT_PER_SPEED * np.abs(drift).max(initial=0.0)
    spacing = _SPARE * (reach + 2 * widest)
    side = max(int(np.ceil((group.max(initial=0) + 1) ** (1 / 3) - 1e-9)), 3)
    cell = np.stack(np.unravel_index(group, (side,) * 3), axis=1)
    return HaloCatalog(
        positions=(cell + 0.5) * spacing + offset,
        velocities=drift,
        log_mpeak=halos.log_mpeak[rows],
        is_satellite=halos.is_satellite[rows],
        boxsize=side * spacing,
        redshift=halos.redshift,
        cosmology=halos.cosmology,
    )
