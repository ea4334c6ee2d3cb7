"""Ranks of the particles of each halo, by which satellites may prefer some of them."""

import numpy as np
from numpy.typing import ArrayLike

from halograd import _checks
from halograd.catalogs.derived import rank_at_fixed_mass
from halograd.catalogs.halo_catalog import HaloCatalog
from halograd.errors import CatalogError
from halograd.theory.nfw import GRAVITY, enclosed
from halograd.tracers.tracers import host_places

RANKS = ("rank_r", "rank_v", "rank_perihelion", "rank_v_r")
"""Ranks in radius, speed, perihelion and radial velocity, as columns of tracers."""

_BISECTIONS = 50


def particle_ranks(
    halos: HaloCatalog, positions: ArrayLike, velocities: ArrayLike, host: ArrayLike
) -> dict[str, np.ndarray]:
    r"""Where each particle stands in its halo, from -1 for the lowest value to 1 for the highest.

    The ranks of `rank_r` are by distance from the centre, of `rank_v` by speed relative to the
    halo, of `rank_v_r` by radial velocity (outward positive), and of `rank_perihelion` by the
    closest distance r_p of the orbit in the halo's NFW potential, the root of

    $$ v^2 - 2 [\Phi(r_p) - \Phi(r)] = L^2 / r_p^2, \qquad
       \Phi(r) = -\frac{G M}{m(c)} \frac{\ln(1 + r / r_s)}{r}. $$

    The mean over a halo is 0; a particle alone in its halo has 0.

    Args:
        halos: The catalogue, with velocities. `rank_perihelion` is there where it has the columns
            `concentration` and `r_vir`.
        positions: (n, 3), comoving Mpc/h.
        velocities: (n, 3), peculiar, km/s.
        host: (n,), as `from_particles` takes it.

    Returns:
        (n,) each, by the names of columns.

    Raises:
        CatalogError: Where the halos have no velocities, and as `from_particles`.
    """
    if halos.velocities is None:
        raise CatalogError("ranks of velocities need those of the halos, but there are none")
    places = _checks.finite("positions", positions, CatalogError, unit="comoving Mpc/h")
    speeds = _checks.finite("velocities", velocities, CatalogError, unit="km/s")
    _checks.shape("velocities", speeds, (len(places), 3), CatalogError)
    centres = np.flatnonzero(~halos.is_satellite)
    row = centres[host_places(halos, centres, host, len(places))]
    offset = places - halos.positions[row]
    offset -= halos.boxsize * np.round(offset / halos.boxsize)
    relative = speeds - halos.velocities[row]
    radius = np.linalg.norm(offset, axis=1)
    radial = np.einsum("ij,ij->i", offset, relative) / np.maximum(radius, 1e-30)
    squared = np.einsum("ij,ij->i", relative, relative)
    values = {"rank_r": radius, "rank_v": squared, "rank_v_r": radial}
    if {"concentration", "r_vir"} <= halos.extra.keys():
        values["rank_perihelion"] = _perihelion(halos, row, radius, squared, radial)
    bins = row.astype(float)
    return {
        name: rank_at_fixed_mass(found, bins, width=1.0, scale=(-1.0, 1.0))
        for name, found in values.items()
    }


def _perihelion(
    halos: HaloCatalog, row: np.ndarray, radius: np.ndarray, squared: np.ndarray, radial: np.ndarray
) -> np.ndarray:
    """Closest distance of each orbit to the centre of its halo, comoving Mpc/h. (n,)"""
    c = halos.extra["concentration"][row]
    scale = halos.extra["r_vir"][row] / c
    depth = 2 * GRAVITY * 10 ** halos.log_mpeak[row] / enclosed(c) * (1 + halos.redshift)
    angular = radius**2 * np.maximum(squared - radial**2, 0.0)
    start = np.maximum(radius, 1e-12)

    def kinetic(r: np.ndarray) -> np.ndarray:
        """Squared radial velocity of the orbit at r, negative where it does not come."""
        gained = np.log1p(r / scale) / r - np.log1p(start / scale) / start
        return squared + depth * gained - angular / r**2

    low, high = np.log(start) - 30.0, np.log(start)
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        reached = kinetic(np.exp(middle)) >= 0
        low, high = np.where(reached, low, middle), np.where(reached, middle, high)
    return np.exp(high)
