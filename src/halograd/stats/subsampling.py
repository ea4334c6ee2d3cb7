"""What taking part of the particles adds to the noise of ΔΣ."""

import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike

from halograd import _checks
from halograd.catalogs.particles import Particles
from halograd.errors import HalogradError
from halograd.pairs import ProjectedCrossPairs
from halograd.stats.annuli import PC2_PER_MPC2, annulus_edges, annulus_excess

_ROWS = 100_000  # particles at a time


def subsampling_covariance(
    weights: ArrayLike, positions: ArrayLike, particles: Particles, r_edges: ArrayLike
) -> np.ndarray:
    r"""Covariance of the stacked ΔΣ over all subsamples that could have been drawn.

    ΔΣ of a sample is a sum over particles, ΔΣ = Σ_p t_p, with t_p what the galaxies see of
    particle p. For n particles drawn without replacement, a share f of all (Cochran 1977,
    Sampling Techniques, section 2.6; S² is estimated from those that were drawn),

    $$ C = (1 - f) \, n \, S^2(t). $$

    A particle that many halos see counts once, so that the noise is right where profiles
    overlap. It takes about as long as the profiles themselves.

    Args:
        weights: (n_halo,) or (n_halo, n_sample).
        positions: (n_halo, 3), comoving Mpc/h, in the box of the particles.
        particles: Those that were drawn; `fraction` tells the share.
        r_edges: (n_R + 1,), edges of the annuli, comoving Mpc/h, the first above 0.

    Returns:
        (n_sample * n_R, n_sample * n_R), (h Msun / pc^2)^2, sample by sample; zero where all
        particles were taken, and for samples without weight.
    """
    edges = annulus_edges(r_edges)
    columns = _checks.finite("weights", weights)
    if columns.ndim not in {1, 2}:
        raise HalogradError(f"weights must be (n_halo,) or (n_halo, n_sample), got {columns.shape}")
    columns = columns.reshape(len(columns), -1)
    size = columns.shape[1] * (len(edges) - 1)
    n = len(particles)
    if particles.fraction == 1:
        return np.zeros((size, size))
    if n < 2:
        raise HalogradError(f"the noise of a subsample needs two particles or more, got {n}")
    first, second = np.zeros(size), np.zeros((size, size))
    for start in range(0, n, _ROWS):
        seen = _contributions(columns, positions, particles, edges, slice(start, start + _ROWS))
        first += seen.sum(axis=0)
        second += seen.T @ seen
    scatter = (second - np.outer(first, first) / n) / (n - 1)
    return (1 - particles.fraction) * n * scatter


def _contributions(
    columns: np.ndarray,
    positions: ArrayLike,
    particles: Particles,
    edges: np.ndarray,
    rows: slice,
) -> np.ndarray:
    """t_p of some particles: (n_row, n_sample * n_R), h Msun / pc^2."""
    discs = np.concatenate([[0.0], edges])
    pairs = ProjectedCrossPairs(particles.positions[rows], positions, particles.boxsize, discs)
    total = columns.sum(axis=0)
    shares = np.divide(columns, total, out=np.zeros_like(columns), where=total > 0)
    inside = np.asarray(pairs.per_point(jnp.asarray(shares)), np.float64)
    area = particles.boxsize[0] * particles.boxsize[1]
    mean = (total > 0)[:, None] * (np.pi * np.diff(discs**2) / area)
    masses = particles.masses[rows] / PC2_PER_MPC2
    excess = (inside - mean) * masses[:, None, None]
    n_row = len(excess)
    return annulus_excess(excess.reshape(-1, len(discs) - 1), edges).reshape(n_row, -1)
