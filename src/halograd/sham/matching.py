"""Halos matched to galaxies by abundance alone: log10 n_gal(>s) = log10 n_halo(>M)."""

import jax
import jax.numpy as jnp
import numpy as np

from halograd.errors import HalogradError
from halograd.kernels import Kernel
from halograd.sham._interpolation import value_and_slope
from halograd.sham._leaves import concrete
from halograd.sham.abundance import SubhaloAbundance, TabulatedAbundance
from halograd.sham.scatter import Scatter
from halograd.sham.smf import StellarMassFunction

__all__ = ["check_overlap", "label_ends", "larger", "matched_log_m"]

LN10 = float(np.log(10.0))
_RARER = 3.0  # dex in φ, or so, by which labels go beyond the brightest mass
_LONGEST = 3.0  # dex, the most they go beyond it
_BELOW = 0.1
_LEAST_SIGMA = 0.01  # dex, rounds off the larger of two scatters


def matched_log_m(
    log_mstar: jax.Array, smf: StellarMassFunction, shmf: SubhaloAbundance
) -> tuple[jax.Array, jax.Array]:
    """log10 M of the halos as common as galaxies above s, and its slope in s. (n,) x 2

    Both abundances fall by their own densities: dx_gal = x'_halo dlog10 M.
    """
    x = smf.log_cumulative_density(log_mstar)
    log_m = shmf.log_m_at(x)
    _, halo_slope = value_and_slope(shmf.log_cumulative_density, log_m)
    return log_m, -(10.0 ** (smf.log_density(log_mstar) - x)) / LN10 / halo_slope


def label_ends(
    smf: StellarMassFunction, scatter: Scatter, kernel: Kernel, masses: tuple[float, float]
) -> tuple[jax.Array, jax.Array]:
    """Least and greatest s of halos whose galaxies enter φ between two masses (log10 Msun)."""
    widest = kernel.reach * larger(scatter.low, scatter.high)
    brightest = jnp.asarray(masses[1], jnp.result_type(float))
    _, slope = value_and_slope(smf.log_density, brightest)
    beyond = _RARER / jnp.maximum(-slope, _RARER / _LONGEST)
    return masses[0] - widest - _BELOW, masses[1] + beyond


def larger(first: jax.Array, second: jax.Array) -> jax.Array:
    """The larger of two scatters, or up to a fifth more: smooth where they are alike or vanish."""
    return (first**4 + second**4 + _LEAST_SIGMA**4) ** 0.25


def check_overlap(
    smf: StellarMassFunction, shmf: SubhaloAbundance, mass_range: tuple[float, float]
) -> None:
    """Raise where no halo of a concrete table is as common as any galaxy of the mass range.

    A partial overlap passes: a catalogue seldom holds halos as rare as the brightest galaxies.
    """
    if not isinstance(shmf, TabulatedAbundance) or not concrete(*jax.tree.leaves((smf, shmf))):
        return
    log_n = np.asarray(smf.log_cumulative_density(np.array(mass_range)), float)
    table = np.asarray(shmf.log_density_grid, float)
    if log_n[0] < table[-1]:
        raise HalogradError(
            f"galaxies above 10^{mass_range[0]:g} Msun are rarer (n = {10 ** log_n[0]:.3g} "
            f"(Mpc/h)^-3) than any halo of the table (n >= {10 ** table[-1]:.3g}), and so are all "
            "heavier ones; give an abundance that reaches rarer halos or lower the mass range"
        )
    if log_n[1] > table[0]:
        raise HalogradError(
            f"galaxies above 10^{mass_range[1]:g} Msun are commoner (n = {10 ** log_n[1]:.3g} "
            f"(Mpc/h)^-3) than all halos of the table (n <= {10 ** table[0]:.3g}), and so are all "
            "lighter ones; give an abundance that reaches lighter halos or raise the mass range"
        )
