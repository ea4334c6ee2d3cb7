"""Matter particles that come with a halo catalogue, and random parts of them."""

from dataclasses import dataclass
from numbers import Integral
from typing import Any

import numpy as np

from halograd import _checks
from halograd.catalogs import _columns
from halograd.catalogs._columns import freeze, owned
from halograd.errors import CatalogError


@dataclass(frozen=True, eq=False)
class Particles:
    """Tracers of all the matter in a periodic box, read-only.

    Attributes:
        positions: (n_particle, 3), comoving Mpc/h, in [0, L).
        masses: (n_particle,), Msun/h; a single number is spread over all.
        boxsize: (3,), comoving Mpc/h.
        fraction: Share of the particles of the simulation that these are, drawn at random and
            each made heavier by its inverse; 1 where they are all there.

    Raises:
        CatalogError: Where an array breaks the above; the message names it.
    """

    positions: np.ndarray
    masses: np.ndarray
    boxsize: np.ndarray
    fraction: float = 1.0

    def __post_init__(self) -> None:
        sides = _columns.box_sides(self.boxsize)
        positions = _columns.numbers("positions", self.positions, "comoving Mpc/h")
        positions = _checks.positions_in_box(positions, sides, CatalogError)
        positions = owned(self.positions, positions)
        masses = _columns.numbers("particle masses", self.masses, "Msun/h")
        masses = owned(self.masses, masses)
        if masses.ndim == 0:
            masses = np.full(len(positions), float(masses))
        _checks.shape("particle masses", masses, (len(positions),), CatalogError)
        if (masses < 0).any():
            raise CatalogError(f"particle masses must not be negative, got {masses.min():g} Msun/h")
        freeze([positions, masses, sides])
        for name, values in (("positions", positions), ("masses", masses), ("boxsize", sides)):
            object.__setattr__(self, name, values)
        object.__setattr__(self, "fraction", _share("the fraction of particles", self.fraction))

    @classmethod
    def keeping(cls, *fields: Any, **named: Any) -> "Particles":
        """The particles of arrays that the caller hands over: kept without a copy, read-only."""
        freeze((*fields, *named.values()))
        return cls(*fields, **named)

    def __len__(self) -> int:
        return len(self.positions)

    def subsample(
        self, fraction: float | None = None, *, n_max: int | None = None, seed: int = 0
    ) -> "Particles":
        """A random part of the particles, each heavier by the inverse of the share.

        Drawn without replacement, in the order they had; the same arguments give the same bits.
        The noise this adds to ΔΣ is `stats.subsampling_covariance`.

        Args:
            fraction: Share to keep, above 0 and up to 1.
            n_max: The most to keep, instead of a share.
            seed: Of the draw.

        Returns:
            The part, whose `fraction` counts from the whole simulation; all of them where n_max
            is no less than their number.

        Raises:
            CatalogError: For both or neither of fraction and n_max, and values out of range.
        """
        n_kept = _n_kept(len(self), fraction, n_max)
        if n_kept == len(self):
            return self
        rng = np.random.default_rng(seed)
        rows = np.sort(rng.choice(len(self), n_kept, replace=False, shuffle=False))
        share = n_kept / len(self)
        return Particles.keeping(
            self.positions[rows], self.masses[rows] / share, self.boxsize, self.fraction * share
        )


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


def _n_kept(n_particle: int, fraction: float | None, n_max: int | None) -> int:
    if (fraction is None) == (n_max is None):
        raise CatalogError("a subsample of particles needs one of fraction and n_max")
    if n_max is None:
        return max(round(_share("fraction", fraction) * n_particle), min(n_particle, 1))
    if not isinstance(n_max, Integral) or n_max < 1:
        raise CatalogError(f"n_max must be a whole number, 1 or more, got {n_max!r}")
    return min(int(n_max), n_particle)


def _share(name: str, value: float) -> float:
    number = _checks.finite(name, value, CatalogError)
    if number.ndim or not 0 < number <= 1:
        raise CatalogError(f"{name} must be one number above 0 and up to 1, got {value}")
    return float(number)
