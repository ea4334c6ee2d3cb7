"""Coordinates in which a posterior is nearly a unit normal, from its curvature or its draws."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike

from halograd import _checks
from halograd.errors import HalogradError
from halograd.inference.nuts import LogDensity

_LEAST = 1e-5  # an eigenvalue below this, of a matrix with unit diagonal, is rounding


def minus_hessian(log_density: LogDensity, u: ArrayLike) -> np.ndarray:
    """The curvature of a log density at u, exact. (n_free, n_free)"""
    return -np.asarray(_hessian(log_density, jnp.asarray(u)), np.float64)


def root_of_inverse(information: ArrayLike) -> np.ndarray:
    """S with S S^T = F^-1: its columns are steps of one standard error.

    Directions of no or negative curvature, as away from a maximum, are given the size of the
    curvature, and a floor where there is none.

    Args:
        information: F, (n_free, n_free), a Fisher matrix or a curvature.

    Raises:
        HalogradError: For a matrix that is not finite or not square.
    """
    information = _checks.finite("the curvature of the posterior at the start", information)
    if information.ndim != 2 or len(information) != information.shape[1]:
        raise HalogradError(
            f"precondition must be a square matrix (n_free, n_free), got {information.shape}"
        )
    diagonal = np.abs(np.diag(information))
    unit = 1 / np.sqrt(np.where(diagonal > 0, diagonal, 1.0))
    scaled = (information + information.T) / 2 * np.outer(unit, unit)
    values, vectors = np.linalg.eigh(scaled)
    return unit[:, None] * vectors / np.sqrt(np.maximum(np.abs(values), _LEAST))


def pooled_root(draws: np.ndarray, prior: np.ndarray) -> np.ndarray:
    """A root of the covariance of draws, drawn towards that of `prior` where they are few.

    (N C + k S S^T) / (N + k) with k = 2 n_free, for N draws of covariance C.

    Args:
        draws: (N, n_free), of all chains.
        prior: S, (n_free, n_free), the root in use so far.
    """
    n, n_free = draws.shape
    weight = 2 * n_free
    pooled = n * np.atleast_2d(np.cov(draws.T)) + weight * prior @ prior.T
    return np.linalg.cholesky(pooled / (n + weight))


@eqx.filter_jit
def _hessian(log_density: LogDensity, u: jax.Array) -> jax.Array:
    return jax.jacfwd(jax.grad(lambda at: log_density(at)))(u)
