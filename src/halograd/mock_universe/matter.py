"""All the matter of the box as particles of individual mass.

Hosts and subhalos are NFW profiles, sampled by a number of particles that grows with their mass
between bounds, so that small halos have a core and big ones do not dominate the count. Matter in
no host is on a displaced grid, each particle weighted by the fraction of its cell that no host has
claimed. The total is the mean density times the volume, exactly.
"""

import numpy as np

from halograd.catalogs.particles import Particles
from halograd.mock_universe.displacement import Displacement
from halograd.mock_universe.fourier_grid import wrap
from halograd.mock_universe.hosts import Hosts
from halograd.mock_universe.lagrangian_placement import PlacedHosts
from halograd.mock_universe.subhalos import Subhalos
from halograd.mock_universe.theory import Theory
from halograd.theory import nfw

BOUND_FRACTION = 0.4  # of its peak mass that a subhalo has kept, typical at redshift 0
MAX_SUBHALO_FRACTION = 0.5  # of the mass of its host that may be in subhalos
FIELD_SMOOTHING = 4.0  # Mpc/h: what a host took, its wider surroundings give
FIELD_SPACING = 1.6  # grid cells per field particle and axis
MASS_PER_PARTICLE = 3e11  # Msun/h, between the bounds
PARTICLES_PER_HOST = (5, 1000)
PARTICLES_PER_SUBHALO = (3, 200)

Sample = tuple[np.ndarray, np.ndarray]  # positions (n, 3), not wrapped, and masses (n,)


def draw_matter(
    rng: np.random.Generator,
    theory: Theory,
    hosts: Hosts,
    placed: PlacedHosts,
    subhalos: Subhalos,
    motion: Displacement,
) -> Particles:
    """Particles with the mass of the smooth hosts, of the subhalos and of the field."""
    bound = _bound_mass(hosts, subhalos)
    boxsize = motion.grid.boxsize
    total = theory.mean_density * boxsize**3
    samples = [
        _smooth_hosts(rng, hosts, placed.positions, np.bincount(subhalos.host, bound, len(hosts))),
        _subhalos(rng, theory, placed.positions, subhalos, bound),
        _field(placed.unclaimed, motion, total - hosts.mass.sum()),
    ]
    positions, masses = (np.concatenate(parts) for parts in zip(*samples, strict=True))
    return Particles(wrap(positions, boxsize), masses, boxsize)


def _bound_mass(hosts: Hosts, subhalos: Subhalos) -> np.ndarray:
    """Mass each subhalo has kept, Msun/h; a host is never more than half subhalos. (n_sub,)"""
    bound = BOUND_FRACTION * subhalos.mass
    share = np.bincount(subhalos.host, bound, len(hosts)) / hosts.mass
    return bound / np.maximum(share / MAX_SUBHALO_FRACTION, 1)[subhalos.host]


def _smooth_hosts(
    rng: np.random.Generator, hosts: Hosts, centres: np.ndarray, in_subhalos: np.ndarray
) -> Sample:
    count = _particle_count(hosts.mass, PARTICLES_PER_HOST)
    row = np.repeat(np.arange(len(hosts)), count)
    offset = nfw.draw_offsets(rng, hosts.r_vir[row], hosts.concentration[row])
    return centres[row] + offset, ((hosts.mass - in_subhalos) / count)[row]


def _subhalos(
    rng: np.random.Generator,
    theory: Theory,
    host_positions: np.ndarray,
    subhalos: Subhalos,
    bound: np.ndarray,
) -> Sample:
    """Subhalos have kept the inner part of the profile they had at their peak mass."""
    count = _particle_count(bound, PARTICLES_PER_SUBHALO)
    row = np.repeat(np.arange(len(bound)), count)
    c = theory.concentration(subhalos.mass)
    x_cut = nfw.radius_enclosing(bound / subhalos.mass * nfw.enclosed(c))
    r_cut = theory.virial_radius(subhalos.mass) * x_cut / c
    centres = host_positions[subhalos.host] + subhalos.offset
    return centres[row] + nfw.draw_offsets(rng, r_cut[row], x_cut[row]), (bound / count)[row]


def _particle_count(mass: np.ndarray, bounds: tuple[int, int]) -> np.ndarray:
    return np.clip(np.rint(mass / MASS_PER_PARTICLE), *bounds).astype(np.int64)


def _field(unclaimed: np.ndarray, motion: Displacement, mass: float) -> Sample:
    """A coarser grid of particles, displaced, that share `mass` as no host has claimed it.

    The claims are smoothed: a patch that is emptied sharply leaves a hole beside its host, where
    real matter falls in to fill it.
    """
    grid = motion.grid
    unclaimed = grid.inverse(grid.forward(unclaimed) * grid.gaussian(FIELD_SMOOTHING))
    n_side = round(grid.n / FIELD_SPACING)
    ticks = np.arange(n_side) * (grid.boxsize / n_side)
    start = np.stack(np.meshgrid(ticks, ticks, ticks, indexing="ij"), axis=-1).reshape(-1, 3)
    weight = grid.interpolate(unclaimed, start).astype(np.float64)
    start, weight = start[weight > 0], weight[weight > 0]
    return start + motion.shift_field(np.float32(1))(start), weight * (mass / weight.sum())
