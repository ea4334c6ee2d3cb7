"""Places hosts: from patches of the initial density field, the most massive hosts first.

A host of mass M comes from a patch of radius R_L = (3 M / 4 pi rho_m)^(1/3) of the initial field.
The hosts of one mass bin start where `collapse_probability` says, and move by the displacement
averaged over their patch. Patches may not be centred in one another, nor hosts in one another.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.spatial import cKDTree

from halograd.mock_universe.collapse_probability import (
    collapse_probability,
    collapse_threshold,
)
from halograd.mock_universe.displacement import Displacement, destination_density
from halograd.mock_universe.fourier_grid import FourierGrid, wrap
from halograd.mock_universe.hosts import Hosts
from halograd.mock_universe.theory import Theory

BIN_WIDTH = 0.25  # dex
LARGE_SCALE = 10.0  # Gaussian radius at which the bias is matched, Mpc/h
SURROUNDINGS = 4.0  # least Gaussian radius of the surroundings of a patch, Mpc/h
MIN_SMOOTHING = 1.5  # cells
MAX_DRAWS = 30  # rounds of redrawing hosts that fall inside others


@dataclass(frozen=True)
class PlacedHosts:
    """Where the hosts end up, and the matter they leave.

    Attributes:
        positions: (n_host, 3), comoving Mpc/h, not wrapped into the box.
        velocities: (n_host, 3), peculiar, km/s.
        unclaimed: (n, n, n), fraction of the matter of each Lagrangian cell that is in no host.
        surroundings: (n_host,), evolved density contrast around each, smoothed over 10 Mpc/h.
        response: Mean of `surroundings` at objects of unit bias.
    """

    positions: np.ndarray
    velocities: np.ndarray
    unclaimed: np.ndarray
    surroundings: np.ndarray
    response: float


def place_hosts(
    rng: np.random.Generator,
    theory: Theory,
    hosts: Hosts,
    delta_modes: np.ndarray,
    motion: Displacement,
) -> PlacedHosts:
    """Positions and velocities of `hosts` in the universe with initial field `delta_modes`."""
    state = _Placement(rng, theory, delta_modes, motion)
    positions, velocities = np.empty((len(hosts), 3)), np.empty((len(hosts), 3))
    surroundings = np.empty(len(hosts))
    for rows in _mass_bins(hosts.log_mass):
        positions[rows], velocities[rows], surroundings[rows] = state.place(
            hosts.mass[rows], hosts.r_vir[rows]
        )
    return PlacedHosts(positions, velocities, state.unclaimed, surroundings, state.response)


def _mass_bins(log_mass: np.ndarray) -> Iterator[slice]:
    """The rows of each bin that is not empty, for masses in falling order."""
    bins = np.floor(log_mass / BIN_WIDTH)
    edges = np.flatnonzero(np.diff(bins, prepend=np.inf, append=-np.inf))
    for first, last in pairwise(edges):
        yield slice(first, last)


class _Placement:
    """The matter claimed and the space taken by the hosts so far."""

    def __init__(
        self,
        rng: np.random.Generator,
        theory: Theory,
        delta_modes: np.ndarray,
        motion: Displacement,
    ) -> None:
        self._rng, self._theory, self._modes, self._motion = rng, theory, delta_modes, motion
        self._grid = grid = motion.grid
        self._large, self.response = destination_density(motion, LARGE_SCALE)
        self._claimed = np.zeros((grid.n,) * 3, np.float32)
        self._patches, self._hosts = Exclusion(grid.boxsize), Exclusion(grid.boxsize)

    @property
    def unclaimed(self) -> np.ndarray:
        return np.clip(1 - self._claimed, 0, 1)

    def place(
        self, mass: np.ndarray, r_vir: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Positions, velocities and surroundings of the hosts of one mass bin.

        (n, 3), (n, 3), (n,)
        """
        window = self._grid.top_hat(self._theory.patch_radius(mass.mean()))
        patch_radius = self._theory.patch_radius(mass)
        start, final = self._draw(patch_radius, r_vir, self._sites(mass.mean()), window)
        self._claim(start, mass.mean(), window)
        surroundings = self._grid.interpolate(self._large, start)
        return final, self._motion.velocity_field(window)(start), surroundings

    def _sites(self, mass: float) -> "_SiteSampler":
        """Where patches of this mass may start."""
        radius = self._theory.patch_radius(mass)
        smoothing = max(radius, MIN_SMOOTHING * self._grid.cell)
        variance = self._theory.linear_variance
        probability = collapse_probability(
            self._grid.inverse(self._modes * self._grid.top_hat(smoothing)),
            self._grid.inverse(self._modes * self._grid.gaussian(max(radius, SURROUNDINGS))),
            self._large,
            self.unclaimed,
            mean_at_hosts=self._theory.bias(mass) * self.response,
            threshold=collapse_threshold(variance(radius)),
            unresolved=variance(radius) - variance(smoothing),
        )
        return _SiteSampler(probability, self._grid)

    def _draw(
        self,
        patch_radius: np.ndarray,
        r_vir: np.ndarray,
        sites: "_SiteSampler",
        window: np.ndarray,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Initial and final centres, redrawn while one lies inside another (but not forever)."""
        shift = self._motion.shift_field(window)
        start, final = np.empty((len(r_vir), 3)), np.empty((len(r_vir), 3))
        rows = np.arange(len(r_vir))
        for attempt in range(MAX_DRAWS):
            start[rows] = sites.draw(self._rng, len(rows))
            final[rows] = start[rows] + shift(start[rows])
            forbidden = self._patches.forbids(start[rows], patch_radius[rows])
            forbidden |= self._hosts.forbids(final[rows], r_vir[rows])
            kept = rows[~forbidden] if attempt < MAX_DRAWS - 1 else rows
            self._patches.add(start[kept], patch_radius[kept])
            self._hosts.add(final[kept], r_vir[kept])
            rows = rows[forbidden]
            if not len(rows):
                break
        return start, final

    def _claim(self, start: np.ndarray, mass: float, window: np.ndarray) -> None:
        """Take the matter of spherical patches, each of `mass`, off the field."""
        cells = mass / (self._theory.mean_density * self._grid.cell**3)
        centres = self._grid.forward(self._grid.counts(start))
        self._claimed += np.float32(cells) * self._grid.inverse(centres * window)


class _SiteSampler:
    """Draws points of the grid: cells by their probability, uniform within a cell."""

    def __init__(self, probability: np.ndarray, grid: FourierGrid) -> None:
        self._cumulative = np.cumsum(probability, dtype=np.float64)
        self._grid = grid

    def draw(self, rng: np.random.Generator, size: int) -> np.ndarray:
        """`size` random points, comoving Mpc/h. (size, 3)"""
        height = rng.random(size) * self._cumulative[-1]
        flat = np.searchsorted(self._cumulative, height, side="right")
        site = np.stack(np.unravel_index(flat, (self._grid.n,) * 3), axis=1)
        return (site + rng.random((size, 3)) - 0.5) * self._grid.cell


class Exclusion:
    """The spheres placed so far, in groups of similar radius."""

    def __init__(self, boxsize: float) -> None:
        self._boxsize = boxsize
        self._groups: list[tuple[cKDTree, np.ndarray]] = []

    def add(self, centres: np.ndarray, radii: np.ndarray) -> None:
        """Put spheres of `radii` (n,) around `centres` (n, 3)."""
        if len(centres):
            self._groups.append((self._tree(centres), radii))

    def forbids(self, points: np.ndarray, radii: np.ndarray) -> np.ndarray:
        """Which points lie in a sphere placed, or near an earlier point of their own list. (n,)

        Args:
            points: (n, 3), comoving Mpc/h; wrapped here.
            radii: (n,), the spheres these points would have.
        """
        tree = self._tree(points)
        forbidden = np.zeros(len(points), bool)
        pairs = tree.query_pairs(radii.max(), output_type="ndarray")
        forbidden[pairs.max(axis=1, initial=-1)] = True
        for placed, placed_radii in self._groups:
            distance, nearest = placed.query(tree.data, distance_upper_bound=placed_radii.max())
            # A point without a neighbour gets infinity and the index one past the last.
            forbidden |= distance < np.append(placed_radii, 0)[nearest]
        return forbidden

    def _tree(self, points: np.ndarray) -> cKDTree:
        return cKDTree(wrap(points, self._boxsize), boxsize=self._boxsize)
