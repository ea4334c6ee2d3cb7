"""The embedded mock universe: a halo catalogue with its matter, from nothing but a seed."""

from numbers import Integral

import numpy as np
from scipy import fft

from halograd._version import __version__
from halograd.catalogs._columns import box_sides, numbers
from halograd.catalogs.halo_catalog import HaloCatalog
from halograd.errors import CatalogError
from halograd.mock_universe.displacement import displacement, linear_density_modes
from halograd.mock_universe.fourier_grid import FourierGrid, wrap
from halograd.mock_universe.histories import draw_histories
from halograd.mock_universe.hosts import Hosts, draw_hosts
from halograd.mock_universe.lagrangian_placement import PlacedHosts, place_hosts
from halograd.mock_universe.matter import draw_matter
from halograd.mock_universe.subhalos import Subhalos, draw_subhalos
from halograd.mock_universe.theory import theory
from halograd.theory.cosmology import BOLSHOI_PLANCK, Cosmology

DEFAULT_CELL = 1.0  # Mpc/h
COARSEST_CELL = 2.0  # Mpc/h
LARGEST_GRID = 512  # memory grows as the cube, from 1 GB at 200 sites
SMALLEST_BOX = 40.0  # Mpc/h
LOG_MPEAK_MIN_RANGE = (10.0, 13.5)
HIGHEST_REDSHIFT = 5.0


def mock_universe(
    seed: int = 0,
    *,
    boxsize: float = 125.0,
    log_mpeak_min: float = 11.0,
    redshift: float = 0.0,
    cosmology: Cosmology = BOLSHOI_PLANCK,
    grid: int | None = None,
    particles: bool = True,
) -> HaloCatalog:
    """A mock universe: halos, subhalos and matter in a periodic cube.

    A Gaussian linear density field; hosts by a measured mass function, placed in its patches from
    the most massive down so that their large-scale bias is that of theory; the displacements of
    augmented Lagrangian perturbation theory; subhalos and halo matter on NFW profiles. The modules
    beside this one state each step with its sources. The same arguments give the same bits.

    Args:
        seed: Non-negative integer.
        boxsize: Side of the cube, comoving Mpc/h, at least 40.
        log_mpeak_min: Lowest peak mass of hosts and subhalos, log10 Msun/h, 10 to 13.5.
        redshift: 0 to 5.
        cosmology: With omega_b, sigma8 and n_s.
        grid: Sites per side of the density field; None for a spacing of about 1 Mpc/h. Above
            2 Mpc/h is refused: the patches of halos would be lost.
        particles: Whether to make the matter too; the halos do not depend on it.

    Returns:
        The catalogue, hosts first and by falling mass, then subhalos in the order of their hosts;
        `extra` has `r_vir` (comoving Mpc/h; of the peak mass for a subhalo), and the columns of
        `mock_universe.histories`: concentration, circular velocities, infall and growth.

    Raises:
        CatalogError: Where an argument is out of range, or no halo falls into the box.
    """
    side = _checked_box(boxsize)
    log_mass_min = _in_range("log_mpeak_min", log_mpeak_min, LOG_MPEAK_MIN_RANGE)
    z = _in_range("redshift", redshift, (0.0, HIGHEST_REDSHIFT))
    sites = FourierGrid(_checked_grid(grid, side), side)
    # One stream per step, so that no step depends on how many numbers another drew.
    rngs = [np.random.default_rng(child) for child in _seed_sequence(seed).spawn(6)]
    with theory(cosmology, z) as model:
        modes = linear_density_modes(rngs[0], sites, model)
        motion = displacement(sites, model, modes)
        hosts = draw_hosts(rngs[1], model, log_mass_min, side**3)
        placed = place_hosts(rngs[2], model, hosts, modes, motion)
        subhalos = draw_subhalos(rngs[3], model, hosts, log_mass_min)
        matter = draw_matter(rngs[4], model, hosts, placed, subhalos, motion) if particles else None
        r_vir = np.concatenate([hosts.r_vir, model.virial_radius(subhalos.mass)])
        histories = draw_histories(rngs[5], model, cosmology, hosts, placed, subhalos)
    return HaloCatalog.keeping(
        **_columns(hosts, placed, subhalos, side),
        boxsize=side,
        redshift=z,
        extra={"r_vir": r_vir, **histories},
        cosmology=cosmology,
        particles=matter,
        provenance={
            "source": f"halograd {__version__} mock universe",
            "seed": str(seed),
            "grid": str(sites.n),
            "log_mpeak_min": f"{log_mass_min:g}",
        },
    )


def _columns(
    hosts: Hosts, placed: PlacedHosts, subhalos: Subhalos, boxsize: float
) -> dict[str, np.ndarray]:
    """The per-halo columns of the catalogue, hosts first."""
    n_host, n_sub = len(hosts), len(subhalos.host)
    positions = [placed.positions, placed.positions[subhalos.host] + subhalos.offset]
    velocities = [placed.velocities, placed.velocities[subhalos.host] + subhalos.relative_velocity]
    return {
        "positions": wrap(np.concatenate(positions), boxsize),
        "velocities": np.concatenate(velocities),
        "log_mpeak": np.concatenate([hosts.log_mass, subhalos.log_mass]),
        "is_satellite": np.arange(n_host + n_sub) >= n_host,
        "halo_id": np.arange(n_host + n_sub),
        "host_index": np.concatenate([np.arange(n_host), subhalos.host]),
    }


def _checked_box(boxsize: float) -> float:
    sides = box_sides(boxsize)
    if not (sides == sides[0]).all():
        raise CatalogError(f"a mock universe is a cube, got boxsize {sides.tolist()} Mpc/h")
    if sides[0] < SMALLEST_BOX:
        raise CatalogError(
            f"boxsize must be at least {SMALLEST_BOX:g} Mpc/h, for large-scale bias to have a "
            f"meaning, got {sides[0]:g}"
        )
    return float(sides[0])


def _checked_grid(grid: int | None, boxsize: float) -> int:
    if grid is None:
        grid = min(fft.next_fast_len(round(boxsize / DEFAULT_CELL), real=True), LARGEST_GRID)
    if not isinstance(grid, Integral) or not 0 < grid <= LARGEST_GRID:
        raise CatalogError(f"grid must be an integer from 1 to {LARGEST_GRID}, got {grid!r}")
    if boxsize / grid > COARSEST_CELL:
        raise CatalogError(
            f"grid is too coarse: {grid} sites over {boxsize:g} Mpc/h are {boxsize / grid:.3g} "
            f"Mpc/h apart, and at most {COARSEST_CELL:g} keeps the patches that halos form from; "
            f"give a grid of boxsize / {COARSEST_CELL:g} or more, or a boxsize up to "
            f"{COARSEST_CELL * LARGEST_GRID:g}"
        )
    return int(grid)


def _in_range(name: str, value: float, limits: tuple[float, float]) -> float:
    number = numbers(name, value)
    if number.ndim != 0 or not limits[0] <= number <= limits[1]:
        raise CatalogError(
            f"{name} must be one number from {limits[0]:g} to {limits[1]:g}, got {value}"
        )
    return float(number)


def _seed_sequence(seed: int) -> np.random.SeedSequence:
    if not isinstance(seed, Integral) or seed < 0:
        raise CatalogError(f"seed must be an integer, 0 or above, got {seed!r}")
    return np.random.SeedSequence(int(seed))
