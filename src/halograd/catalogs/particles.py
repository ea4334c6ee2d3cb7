"""Matter particles that come with a halo catalogue."""

from dataclasses import dataclass

import numpy as np

from halograd import _checks
from halograd.errors import CatalogError


@dataclass(frozen=True, eq=False)
class Particles:
    """Tracers of all the matter in a periodic box, read-only.

    Attributes:
        positions: (n_particle, 3), comoving Mpc/h, in [0, L).
        masses: (n_particle,), Msun/h; a single number is spread over all.
        boxsize: (3,), comoving Mpc/h.

    Raises:
        CatalogError: Where an array breaks the above; the message names it.
    """

    positions: np.ndarray
    masses: np.ndarray
    boxsize: np.ndarray

    def __post_init__(self) -> None:
        sides = _checks.boxsize(self.boxsize, CatalogError)
        positions = _checks.positions_in_box(self.positions, sides, CatalogError)
        masses = _checks.finite("particle masses", self.masses, CatalogError).copy()
        if masses.ndim == 0:
            masses = np.full(len(positions), float(masses))
        _checks.shape("particle masses", masses, (len(positions),), CatalogError)
        if (masses < 0).any():
            raise CatalogError(f"particle masses must not be negative, got {masses.min():g} Msun/h")
        for name, values in (("positions", positions), ("masses", masses), ("boxsize", sides)):
            values.setflags(write=False)
            object.__setattr__(self, name, values)

    def __len__(self) -> int:
        return len(self.positions)
