"""The lensing profile of every halo from theory, where there are no particles."""

import numpy as np
from numpy.typing import ArrayLike
from scipy.ndimage import map_coordinates

from halograd.catalogs.analytic_matter import AnalyticMatter
from halograd.catalogs.halo_catalog import HaloCatalog
from halograd.stats.annuli import PC2_PER_MPC2, annulus_edges, annulus_excess
from halograd.stats.halo_structure import HaloStructure, halo_structure
from halograd.theory.nfw import enclosed, offset_fraction, projected_fraction, radius_enclosing

_ROWS = 20_000  # at a time: temporaries stay within some ten MB
_MASS_STEP, _OFFSET_STEP = 0.1, 0.04  # dex, of the table of hosts seen from beside


def analytic_delta_sigma_profiles(
    halos: HaloCatalog, r_edges: ArrayLike, matter: AnalyticMatter | None = None
) -> np.ndarray:
    r"""Excess surface density around each halo, averaged over annuli, by the halo model,

    $$ \Delta\Sigma_i = \Delta\Sigma_{NFW}(M_i) + \Delta\Sigma_{NFW, off}(M_{host}, d_i)
       + b(M_{host}) \, \Delta\Sigma_{lin} . $$

    An approximation, where `delta_sigma_profiles` counts the matter that is there:

    - A central is an NFW profile (Wright & Brainerd 2000, astro-ph/9908213) of its `log_mpeak`,
      cut at the halo radius. `extra` may give its `concentration`, or `r_vir` and `r_s`, both in
      one unit; otherwise it is the mean at its mass, as it is for all satellites.
    - A satellite is the inner part of the profile that its peak mass had, as much as holds
      `bound_fraction` of that mass, and its host seen from beside: the profile of mean
      concentration at the projected distance, averaged over angles, less the mass that the
      satellite has kept. Other satellites are part of the host's smooth profile. Where
      `host_index` is -1 or missing there is no host to see. A place that is no subhalo (the
      column `is_point` of `tracers`) has no matter of its own.
    - Beyond, linear theory with the bias of Tinker et al. 2010 of the host, without halo
      exclusion and without non-linear growth.

    Annuli are treated as in `delta_sigma_profiles`, from the mass in discs.

    Args:
        halos: The catalogue, with a complete cosmology.
        r_edges: (n_R + 1,), edges of the annuli, comoving Mpc/h, the first above 0.
        matter: The choices of the halo model; its defaults where None.

    Returns:
        (n_halo, n_R), h Msun / pc^2, comoving.

    Raises:
        HalogradError: For an incomplete cosmology, or names that colossus does not know.
    """
    edges, matter = annulus_edges(r_edges), matter or AnalyticMatter()
    if len(halos) == 0:
        return np.zeros((0, len(edges) - 1))
    structure = halo_structure(halos, edges, matter)
    profiles = np.zeros((len(halos), len(edges) - 1))
    is_halo = ~np.asarray(halos.extra.get("is_point", np.zeros(len(halos), bool)), bool)
    own = halos if is_halo.all() else halos[is_halo]
    profiles[is_halo] = _own_profiles(own, structure, edges, matter.bound_fraction)
    satellites, hosts = _hosted(halos)
    if len(satellites):
        ratio = 10 ** (halos.log_mpeak[satellites] - halos.log_mpeak[hosts])
        left = 1 - np.minimum(matter.bound_fraction * ratio, 1) * is_halo[satellites]
        around = _host_profiles(halos, structure, edges, satellites, hosts)
        profiles[satellites] += left[:, None] * around
    if matter.two_halo:
        top = np.arange(len(halos))
        top[satellites] = hosts
        linear = _delta_sigma(structure.linear_masses, edges)
        profiles += structure.bias_at(halos.log_mpeak[top])[:, None] * linear
    return profiles


def _own_profiles(
    halos: HaloCatalog, structure: HaloStructure, edges: np.ndarray, bound_fraction: float
) -> np.ndarray:
    """ΔΣ of each halo's own matter. (n, n_R)"""
    mass, scale = 10**halos.log_mpeak, structure.radius(halos.log_mpeak)
    c = _concentrations(halos, structure)
    scale /= c
    kept = np.where(halos.is_satellite, bound_fraction, 1.0)
    cut = np.where(halos.is_satellite, radius_enclosing(kept * enclosed(c)), c)
    profiles = np.empty((len(halos), len(edges) - 1))
    for start in range(0, len(halos), _ROWS):
        rows = slice(start, start + _ROWS)
        share = projected_fraction(edges / scale[rows, None], cut[rows, None])
        profiles[rows] = _delta_sigma((kept * mass)[rows, None] * share, edges)
    return profiles


def _concentrations(halos: HaloCatalog, structure: HaloStructure) -> np.ndarray:
    """The catalogue's own where it has them, else the mean at each mass. (n,)"""
    mean = structure.concentration_at(halos.log_mpeak)
    if "concentration" in halos.extra:
        own = np.asarray(halos.extra["concentration"], np.float64)
    elif "r_vir" in halos.extra and "r_s" in halos.extra:
        with np.errstate(divide="ignore", invalid="ignore"):
            own = np.asarray(halos.extra["r_vir"], np.float64) / halos.extra["r_s"]
    else:
        return mean
    # halo finders write 0 or a huge number where the fit of a profile failed, and what they
    # find for a stripped satellite is not the profile it had
    usable = np.isfinite(own) & (own >= 1) & (own <= 100) & ~halos.is_satellite
    return np.where(usable, own, mean)


def _hosted(halos: HaloCatalog) -> tuple[np.ndarray, np.ndarray]:
    """Rows of the satellites whose host is in the catalogue, and of those hosts."""
    if halos.host_index is None:
        return np.zeros(0, int), np.zeros(0, int)
    rows = np.flatnonzero(halos.is_satellite & (halos.host_index >= 0))
    return rows, halos.host_index[rows]


def _host_profiles(
    halos: HaloCatalog,
    structure: HaloStructure,
    edges: np.ndarray,
    satellites: np.ndarray,
    hosts: np.ndarray,
) -> np.ndarray:
    """ΔΣ of the host around each satellite, from a table in host mass and distance. (n, n_R)"""
    apart = halos.positions[satellites, :2] - halos.positions[hosts, :2]
    sides = halos.boxsize[:2]
    apart -= sides * np.round(apart / sides)
    log_distance = np.log10(np.maximum(np.hypot(*apart.T), 1e-300))
    log_mass = halos.log_mpeak[hosts]
    masses = _grid(log_mass.min(), log_mass.max(), _MASS_STEP)
    # nearer than a tenth of the first annulus is as good as centred
    offsets = _grid(np.log10(edges[0] / 10), max(log_distance.max(), 1.0), _OFFSET_STEP)
    table = _host_table(structure, edges, masses, offsets)
    places = [_places(masses, log_mass), _places(offsets, log_distance)]
    columns = [map_coordinates(plane, places, order=1, mode="nearest") for plane in table]
    return np.stack(columns, axis=1)


def _host_table(
    structure: HaloStructure, edges: np.ndarray, log_mass: np.ndarray, log_offset: np.ndarray
) -> np.ndarray:
    """ΔΣ around points beside halos. (n_R, n_mass, n_offset)"""
    c = structure.concentration_at(log_mass)
    scale = structure.radius(log_mass) / c
    planes = []
    for row, mass in enumerate(10**log_mass):
        share = offset_fraction(edges, 10 ** log_offset[:, None], scale[row], c[row])
        planes.append(_delta_sigma(mass * share, edges))
    return np.moveaxis(np.array(planes), -1, 0)


def _delta_sigma(disc_masses: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """ΔΣ in annuli, h Msun / pc^2, from masses within the edges, Msun/h: (..., n_R + 1)."""
    masses = np.diff(np.atleast_2d(disc_masses), axis=-1, prepend=0) / PC2_PER_MPC2
    return annulus_excess(masses, edges)


def _grid(low: float, high: float, step: float) -> np.ndarray:
    return np.linspace(low, high, max(int(np.ceil((high - low) / step)), 1) + 1)


def _places(grid: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Where values lie between the evenly spaced nodes of a grid, in steps."""
    span = grid[-1] - grid[0]
    return (values - grid[0]) / span * (len(grid) - 1) if span else np.zeros(len(values))
