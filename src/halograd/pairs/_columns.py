"""Weights of one sample or several, as columns."""

from collections.abc import Callable

import jax
from jax.typing import ArrayLike

from halograd._arrays import weight_array
from halograd.errors import HalogradError


def as_columns(
    name: str, weights: ArrayLike, n_points: int
) -> tuple[jax.Array, Callable[[jax.Array], jax.Array]]:
    """Weights as (n, n_sample) float32 or float64, and what undoes the added axis on a result."""
    weights = weight_array(name, weights)
    if len(weights) != n_points:
        raise HalogradError(
            f"{name} must have shape ({n_points},) or ({n_points}, n_sample), one row per point, "
            f"got {weights.shape}"
        )
    if weights.ndim == 2:
        return weights, lambda counts: counts
    return weights[:, None], lambda counts: counts[0]
