"""Halos whose every number is known, to be written in the layout of a format and read back."""

from typing import NamedTuple

import numpy as np

BOXSIZE = 96.0
REDSHIFT = 0.25
OMEGA_M, OMEGA_B, H, SIGMA_8, N_S = 0.3075, 0.0486, 0.6774, 0.8159, 0.9667


class KnownHalos(NamedTuple):
    """Centrals first, then satellites; all numbers exact in single precision.

    Attributes:
        positions: (n, 3), comoving Mpc/h.
        velocities: (n, 3), peculiar km/s.
        mass: (n,), Msun/h.
        vmax: (n,), km/s.
        halo_id: (n,), not in order.
        host: (n,), the row of the central; its own for a central.
    """

    positions: np.ndarray
    velocities: np.ndarray
    mass: np.ndarray
    vmax: np.ndarray
    halo_id: np.ndarray
    host: np.ndarray

    @property
    def satellite(self) -> np.ndarray:
        """(n,), whether a halo is not its own host."""
        return self.host != np.arange(len(self.host))


def known_halos(n_halo: int = 60, n_central: int = 40, seed: int = 5) -> KnownHalos:
    """`n_halo` halos, of which `n_central` are centrals, as `seed` draws them."""
    rng = np.random.default_rng(seed)
    eighths = rng.integers(0, int(8 * BOXSIZE), (n_halo, 3))
    host = np.arange(n_halo)
    host[n_central:] = rng.integers(0, n_central, n_halo - n_central)
    return KnownHalos(
        positions=eighths / 8.0,
        velocities=rng.integers(-4000, 4000, (n_halo, 3)) / 8.0,
        mass=rng.integers(1, 1 << 12, n_halo) * 2.0**30,
        vmax=rng.integers(400, 4000, n_halo) / 8.0,
        halo_id=rng.permutation(10 * n_halo)[:n_halo] + 2**40,
        host=host,
    )
