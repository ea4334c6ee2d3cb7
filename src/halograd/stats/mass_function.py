"""Number densities of galaxies and the stellar mass function."""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from halograd import _checks
from halograd._summation import tree_sum
from halograd.errors import HalogradError


def number_density(weights: ArrayLike, volume: float) -> jax.Array:
    """Galaxies per volume, n_b = sum_i w_i^b / V (eq. 2).

    Args:
        weights: (n,) or (n, n_sample).
        volume: (Mpc/h)^3.

    Returns:
        () or (n_sample,), (Mpc/h)^-3.
    """
    _positive("volume", volume, "(Mpc/h)^3")
    return tree_sum(jnp.asarray(weights)) / volume


def stellar_mass_function(weights: ArrayLike, volume: float, bin_width: ArrayLike) -> jax.Array:
    """Stellar mass function of the bins, n_b / bin_width.

    Args:
        weights: (n, n_sample), one column per stellar-mass bin; (n,) for a single bin.
        volume: (Mpc/h)^3.
        bin_width: Width of the bins in dex, a number or (n_sample,).

    Returns:
        (n_sample,), per (Mpc/h)^3 per dex.
    """
    _positive("bin_width", bin_width, "dex")
    return number_density(weights, volume) / jnp.asarray(bin_width)


def _positive(name: str, value: ArrayLike, unit: str) -> None:
    if _checks.is_concrete(value) and not (_checks.finite(name, value) > 0).all():
        raise HalogradError(f"{name} must be positive, in {unit}, got {value}")
