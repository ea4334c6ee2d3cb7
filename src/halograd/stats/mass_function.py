"""Number densities of galaxies and the stellar mass function."""

import jax
from jax.typing import ArrayLike

from halograd import _checks
from halograd._arrays import float_array, is_concrete, weight_array
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
    volume = _positive("volume", volume, "(Mpc/h)^3")
    return tree_sum(weight_array("weights", weights)) / volume


def stellar_mass_function(weights: ArrayLike, volume: float, bin_width: ArrayLike) -> jax.Array:
    """Stellar mass function of the bins, n_b / bin_width.

    Args:
        weights: (n, n_sample), one column per stellar-mass bin; (n,) for a single bin.
        volume: (Mpc/h)^3.
        bin_width: Width of the bins in dex, a number or (n_sample,).

    Returns:
        (n_sample,), per (Mpc/h)^3 per dex.
    """
    return number_density(weights, volume) / _positive("bin_width", bin_width, "dex")


def _positive(name: str, value: ArrayLike, unit: str) -> jax.Array:
    array = float_array(name, value, unit=unit)
    if is_concrete(value) and not (_checks.finite(name, value) > 0).all():
        raise HalogradError(f"{name} must be positive, in {unit}, got {value}")
    return array
