"""The lensing profile of every halo, counted from matter particles."""

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike

from halograd import _checks
from halograd.catalogs.particles import Particles
from halograd.errors import HalogradError
from halograd.pairs import ProjectedCrossPairs

_PC2_PER_MPC2 = 1e12


def delta_sigma_profiles(
    positions: ArrayLike, particles: Particles, r_edges: ArrayLike
) -> jax.Array:
    r"""Excess surface density around each halo, averaged over annuli,

    $$ \Delta\Sigma_i = \langle \bar\Sigma(<R) \rangle_{ann} - \Sigma_{ann}, $$

    from the particle mass in cylinders along the whole box, line of sight z. Linear in the
    particle masses, so that stacking profiles equals profiling the stack. Within an annulus the
    excess over the mean column is taken to fall as 1/R, which is exact for an isothermal
    profile and for uniform matter, and good to 1 % for annuli up to 0.2 dex wide otherwise.

    Args:
        positions: (n, 3), comoving Mpc/h, in the box of the particles.
        particles: All the matter in the box.
        r_edges: (n_R + 1,), edges of the annuli, comoving Mpc/h, the first above 0.

    Returns:
        (n, n_R), h Msun / pc^2, comoving.
    """
    edges = _checks.increasing_edges("r_edges", r_edges)
    if edges[0] == 0:
        raise HalogradError("r_edges must start above 0: ΔΣ needs a disc inside its first annulus")
    if len(particles) == 0:
        raise HalogradError("ΔΣ profiles need matter particles, but the particle set is empty")
    discs = np.concatenate([[0.0], edges])
    pairs = ProjectedCrossPairs(positions, particles.positions, particles.boxsize, discs)
    unit = particles.masses.mean()
    masses = pairs.per_point(particles.masses / unit) * (unit / _PC2_PER_MPC2)
    area = particles.boxsize[0] * particles.boxsize[1]
    column = particles.masses.sum() / area / _PC2_PER_MPC2
    excess = masses - jnp.asarray(column * np.pi * np.diff(discs**2), masses.dtype)
    return _annulus_excess(excess, edges)


def _annulus_excess(masses: jax.Array, edges: np.ndarray) -> jax.Array:
    """ΔΣ of each annulus, from the masses (n, n_R + 1) in the central disc and the annuli."""
    inner, outer = edges[:-1], edges[1:]
    within = jnp.cumsum(masses, axis=1)[:, :-1]
    annulus = masses[:, 1:]
    log_ratio, area = np.log(outer / inner), np.pi * (outer**2 - inner**2)
    # M(R) = within + annulus (R - inner) / (outer - inner), integrated over 2 M / (R area) dR
    cored = within - annulus * (inner / (outer - inner)).astype(masses.dtype)
    mean_inside = 2 * (cored * log_ratio.astype(masses.dtype) + annulus)
    return (mean_inside - annulus) / area.astype(masses.dtype)
