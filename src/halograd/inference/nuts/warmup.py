"""The warm-up: when coordinates and step sizes are adapted, and to what."""

import numpy as np
from jax.typing import ArrayLike
from scipy.optimize import brentq
from scipy.stats import norm

from halograd import _checks
from halograd.errors import HalogradError

FIRST_WINDOW = 25
"""Steps of the first window whose draws set the coordinates."""

_LEAST_EIGENVALUE = 1e-5  # an eigenvalue below this, of a matrix with unit diagonal, is rounding
_SETTLED = 0.2  # of the steps: the first ones, of the wildest sizes, from a chain not yet at rest
_FURTHEST = 4.0  # in the logarithm, from the sizes that were tried


def metric_updates(n_warmup: int) -> tuple[tuple[int, int], ...]:
    """Windows [begin, end) of warm-up steps whose draws set the coordinates at `end`.

    A fifth of the steps before them finds the bulk of the posterior, a fifth after them settles
    the step size; between them each window is twice as long as the one before, as in Stan. The
    draws of all chains are pooled, so that short windows suffice.
    """
    margin = n_warmup // 5
    begin, stop, windows, length = margin, n_warmup - margin, [], FIRST_WINDOW
    while begin < stop:
        # A window whose successor would not fit takes its room too.
        end = begin + length if begin + 3 * length <= stop else stop
        windows.append((begin, end))
        begin, length = end, 2 * length
    return tuple(windows)


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
    return unit[:, None] * vectors / np.sqrt(np.maximum(np.abs(values), _LEAST_EIGENVALUE))


def pooled_root(draws: np.ndarray, prior: np.ndarray) -> np.ndarray:
    """A root of the covariance of draws, drawn towards that of `prior` where they are few.

    (N C + k S S^T) / (N + k) with k = 2 n_free, for N draws of covariance C.

    Args:
        draws: (N, n_free), draws of all chains together.
        prior: S, (n_free, n_free), the root in use so far.
    """
    n, n_free = draws.shape
    weight = 2 * n_free
    pooled = n * np.atleast_2d(np.cov(draws.T)) + weight * prior @ prior.T
    return np.linalg.cholesky(pooled / (n + weight))


def common_step_size(log_sizes: np.ndarray, acceptance: np.ndarray, target: float) -> float:
    r"""Log of the step size at which the mean acceptance is the target.

    In many dimensions the acceptance of a Hamiltonian trajectory with steps of size ε is

    $$ a(\epsilon) = 2 \Phi\left[ -\tfrac12 (\epsilon / \epsilon_0)^2 \right] $$

    on average (Beskos et al. 2013, arXiv:1001.4460). ε_0 is the one for which the mean of a over
    the sizes tried is the acceptance met. The mean of the log sizes of a dual averaging, of
    which a short warm-up tries small and large ones, is accepted more often than the target
    instead, since a(ε) bends down.

    Args:
        log_sizes: (n_chain, n_step), log of the step sizes tried.
        acceptance: (n_chain, n_step), mean acceptance met with each.
        target: Mean acceptance wanted.
    """
    first = int(_SETTLED * log_sizes.shape[1])
    tried, met = log_sizes[:, first:].ravel(), np.mean(acceptance[:, first:])

    def excess(log_scale: float) -> float:
        return float(np.mean(_acceptance(tried - log_scale)) - met)

    low, high = tried.min() - _FURTHEST, tried.max() + _FURTHEST
    if not excess(low) < 0 < excess(high):
        return float(tried.mean())
    return brentq(excess, low, high) + _inverse(target)


def _acceptance(log_ratio: np.ndarray) -> np.ndarray:
    return 2 * norm.cdf(-0.5 * np.exp(2 * log_ratio))


def _inverse(target: float) -> float:
    return 0.5 * np.log(-2 * norm.ppf(target / 2))
