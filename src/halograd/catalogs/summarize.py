"""A catalogue in plain numbers and words."""

from dataclasses import asdict
from typing import Any

import numpy as np

from halograd.catalogs.completeness import turnover_mass
from halograd.catalogs.halo_catalog import HaloCatalog
from halograd.catalogs.particles import Particles


def summarize(halos: HaloCatalog) -> dict[str, Any]:
    """What `halograd inspect` prints: numbers, text, None, and lists and dictionaries of them.

    Args:
        halos: The catalogue.

    Returns:
        A dictionary that JSON can hold: counts, box (Mpc/h), redshift, log10 mass range (Msun/h),
        satellite fraction, satellites whose host is not in the catalogue, mean separation
        (V/n)^(1/3) (Mpc/h), `cumulative_mass_function` (a list of log10 mass, number, density in
        (Mpc/h)^-3 and satellite fraction of the halos at or above it, at whole and half decades
        within the mass range), `turnover_mass` (see `completeness`), particles, cosmology, extra
        columns, provenance. What an empty catalogue lacks is None.
    """
    n_halo = len(halos)
    return {
        "n_halo": n_halo,
        "n_satellite": int(halos.is_satellite.sum()),
        "satellite_fraction": float(halos.is_satellite.mean()) if n_halo else None,
        "n_hostless": _hostless(halos),
        "boxsize": halos.boxsize.tolist(),
        "volume": halos.volume,
        "redshift": halos.redshift,
        "mass_proxy": halos.mass_proxy,
        "log_mass_min": float(halos.log_mpeak.min()) if n_halo else None,
        "log_mass_max": float(halos.log_mpeak.max()) if n_halo else None,
        "mean_separation": float((halos.volume / n_halo) ** (1 / 3)) if n_halo else None,
        "turnover_mass": turnover_mass(halos.log_mpeak),
        "cumulative_mass_function": _cumulative_mass_function(halos),
        "has_velocities": halos.velocities is not None,
        "n_particle": 0 if halos.particles is None else len(halos.particles),
        "particle_fraction": None if halos.particles is None else halos.particles.fraction,
        "analytic_matter": None if halos.analytic_matter is None else str(halos.analytic_matter),
        "particle_matter_density": _matter_density(halos.particles),
        "cosmology": None if halos.cosmology is None else asdict(halos.cosmology),
        "extra": {name: str(values.dtype) for name, values in halos.extra.items()},
        "provenance": dict(halos.provenance),
    }


def _hostless(halos: HaloCatalog) -> int | None:
    """Satellites whose host is not in the catalogue; None where hosts are not known at all."""
    if halos.host_index is None:
        return None
    return int((halos.is_satellite & (halos.host_index < 0)).sum())


def _cumulative_mass_function(halos: HaloCatalog) -> list[dict[str, float]]:
    if len(halos) == 0:
        return []
    order = np.argsort(halos.log_mpeak)
    masses = halos.log_mpeak[order]
    satellites = np.append(np.cumsum(halos.is_satellite[order][::-1])[::-1], 0)
    thresholds = np.arange(np.ceil(2 * masses[0]), np.floor(2 * masses[-1]) + 1) / 2
    first = np.searchsorted(masses, thresholds, side="left")
    counts = len(masses) - first
    return [
        {
            "log_mass": float(mass),
            "n_halo": int(count),
            "density": float(count / halos.volume),
            "satellite_fraction": float(satellites[row] / count),
        }
        for mass, row, count in zip(thresholds, first, counts, strict=True)
    ]


def _matter_density(particles: Particles | None) -> float | None:
    """Mean density of the particles, Msun/h per (Mpc/h)^3."""
    if particles is None:
        return None
    return float(particles.masses.sum() / np.prod(particles.boxsize))
