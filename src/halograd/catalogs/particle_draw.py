"""A random part of the particles, drawn while they are read."""

import numpy as np

from halograd.catalogs.particles import Particles
from halograd.errors import CatalogError


class ParticleDraw:
    """Chooses each particle with the same probability, whatever the pieces that they come in.

    Attributes:
        n_seen: Particles so far.
        n_kept: How many of them were chosen.
    """

    def __init__(self, fraction: float | None, seed: int) -> None:
        self._fraction, self._rng = fraction, np.random.default_rng(seed)
        self.n_seen = self.n_kept = 0

    def chosen(self, n_particle: int) -> slice | np.ndarray:
        """Which of the next particles are taken: all, or a truth value for each."""
        self.n_seen += n_particle
        if self._fraction is None:
            self.n_kept += n_particle
            return slice(None)
        kept = self._rng.random(n_particle) < self._fraction
        self.n_kept += int(np.count_nonzero(kept))
        return kept

    def particles(
        self, positions: np.ndarray, masses: np.ndarray, boxsize: np.ndarray, fraction: float = 1.0
    ) -> Particles:
        """Those that were chosen, each heavier by the inverse of the share that was.

        Args:
            positions: (n_kept, 3), comoving Mpc/h; handed over.
            masses: (n_kept,) or one for all, Msun/h, before they stand for others.
            boxsize: (3,), comoving Mpc/h.
            fraction: Of the simulation, what those that were seen are.

        Raises:
            CatalogError: Where none was chosen of those there are.
        """
        if self.n_seen and not self.n_kept:
            raise CatalogError(
                f"a share of {self._fraction:g} leaves none of {self.n_seen} particles; take more"
            )
        share = self.n_kept / max(self.n_seen, 1) or 1.0
        return Particles.keeping(positions, masses / share, boxsize, fraction * share)
