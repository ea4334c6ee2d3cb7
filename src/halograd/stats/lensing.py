"""Excess surface density of weighted halos, from the profile of each."""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from halograd._arrays import float_array, weight_array
from halograd._summation import tree_sum
from halograd.errors import HalogradError


def delta_sigma(weights: ArrayLike, profiles: ArrayLike) -> jax.Array:
    """Mean excess surface density of each sample, sum_i w_i ΔΣ_i(R) / sum_i w_i (eq. 3).

    A sample without weight has ΔΣ = 0 with zero slope instead of NaN; `empty_samples` tells.

    Args:
        weights: (n,) or (n, n_sample).
        profiles: (n, n_R), ΔΣ_i of each halo, h Msun / pc^2, as `delta_sigma_profiles` makes.

    Returns:
        (n_R,) or (n_sample, n_R), h Msun / pc^2.
    """
    weights = weight_array("weights", weights)
    profiles = float_array("profiles", profiles, unit="h Msun/pc^2")
    if profiles.ndim != 2 or len(weights) != len(profiles):
        raise HalogradError(
            "weights (n,) or (n, n_sample) and profiles (n, n_R) must describe the same n halos, "
            f"got shapes {weights.shape} and {profiles.shape}"
        )
    columns = weights.reshape(len(weights), -1)
    total = tree_sum(columns)[:, None]
    stacked = tree_sum(columns[:, :, None] * profiles[:, None, :])
    mean = jnp.where(total == 0, 0.0, stacked / jnp.where(total == 0, 1.0, total))
    return mean if weights.ndim == 2 else mean[0]


def empty_samples(weights: ArrayLike) -> jax.Array:
    """Which samples hold no weight at all: (n,) or (n, n_sample) -> () or (n_sample,)."""
    return tree_sum(weight_array("weights", weights)) == 0
