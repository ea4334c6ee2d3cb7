"""Mean numbers of galaxies per host halo as functions of its mass, x = log10 M."""

import jax
import jax.numpy as jnp
from jax.scipy.special import erfc
from jax.typing import ArrayLike

_SHARPEST = 1e-6  # dex: a step narrower than this is one, with zero slope in its width


def step(x: jax.Array, log_mass: ArrayLike, width: ArrayLike) -> jax.Array:
    """½ erfc[(log_mass - x) / width], a soft step up at `log_mass`. (n,)

    The relative precision of the complement holds far below the step too.
    """
    return 0.5 * erfc((log_mass - x) / jnp.maximum(width, _SHARPEST))


def bell(x: jax.Array, middle: ArrayLike, sigma: ArrayLike) -> jax.Array:
    """The normal density N(x; middle, sigma), per dex. (n,)"""
    sigma = jnp.maximum(sigma, _SHARPEST)
    return jnp.exp(-0.5 * ((x - middle) / sigma) ** 2) / (jnp.sqrt(2 * jnp.pi) * sigma)


def skewed_bell(x: jax.Array, middle: ArrayLike, sigma: ArrayLike, gamma: ArrayLike) -> jax.Array:
    """2 N(x; middle, sigma) Φ[γ (x - middle) / sigma], per dex. (n,)"""
    deviate = (x - middle) / jnp.maximum(sigma, _SHARPEST)
    return bell(x, middle, sigma) * erfc(-gamma * deviate / jnp.sqrt(2.0))


def power_law(
    x: jax.Array, log_unit: ArrayLike, threshold: ArrayLike, alpha: ArrayLike
) -> jax.Array:
    """(M / unit - threshold)^alpha, and 0 with zero slope below. (n,)

    Args:
        x: (n,), log10 M.
        log_unit: log10 of the unit.
        threshold: The mass below which there is none, over the unit.
        alpha: Slope.
    """
    ratio = 10 ** (x - log_unit) - threshold
    has_some = ratio > 0
    # The power is taken where it is finite, so that no derivative is infinity times 0.
    return jnp.where(has_some, jnp.where(has_some, ratio, 1.0) ** alpha, 0.0)
