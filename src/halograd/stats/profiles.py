"""The lensing profile of every halo, counted from matter particles."""

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike

from halograd.catalogs.particles import Particles
from halograd.errors import HalogradError
from halograd.pairs import ProjectedCrossPairs
from halograd.stats.annuli import PC2_PER_MPC2, annulus_edges, annulus_excess


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
    edges = annulus_edges(r_edges)
    if len(particles) == 0:
        raise HalogradError("ΔΣ profiles need matter particles, but the particle set is empty")
    discs = np.concatenate([[0.0], edges])
    pairs = ProjectedCrossPairs(positions, particles.positions, particles.boxsize, discs)
    unit = particles.masses.mean()
    masses = pairs.per_point(particles.masses / unit) * (unit / PC2_PER_MPC2)
    area = particles.boxsize[0] * particles.boxsize[1]
    column = particles.masses.sum() / area / PC2_PER_MPC2
    excess = masses - jnp.asarray(column * np.pi * np.diff(discs**2), masses.dtype)
    return annulus_excess(excess, edges)
