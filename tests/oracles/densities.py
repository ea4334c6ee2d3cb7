"""Log densities whose moments are known."""

import jax
import jax.numpy as jnp
import numpy as np

COVARIANCE = np.array([[1.0, 0.9, 0.0], [0.9, 1.0, 0.2], [0.0, 0.2, 4.0]])
MEAN = np.array([1.0, -2.0, 30.0])
BEND = 0.3


def gaussian(u: jax.Array) -> jax.Array:
    """Normal, of MEAN and COVARIANCE."""
    apart = u - jnp.asarray(MEAN, u.dtype)
    return -0.5 * apart @ jnp.asarray(np.linalg.inv(COVARIANCE), u.dtype) @ apart


def banana(u: jax.Array) -> jax.Array:
    """u0 ~ N(0, 1), u1 | u0 ~ N(BEND u0², 0.5²): mean (0, BEND), variance (1, 2 BEND² + 0.25)."""
    return -0.5 * (u[0] ** 2 + ((u[1] - BEND * u[0] ** 2) / 0.5) ** 2)


def funnel(u: jax.Array) -> jax.Array:
    """Neal's funnel: u0 ~ N(0, 3²), u_i | u0 ~ N(0, e^u0)."""
    return -(u[0] ** 2) / 18 - 0.5 * jnp.sum(u[1:] ** 2) * jnp.exp(-u[0]) - 0.5 * u.size * u[0]


def two_modes(u: jax.Array) -> jax.Array:
    """Two normals of unit width, 16 apart."""
    return jnp.logaddexp(-0.5 * jnp.sum((u - 8) ** 2), -0.5 * jnp.sum((u + 8) ** 2))
