"""Eq. (1) in float64 by NumPy, independent of what finds and what trains relations.

    φ(m) = ∫ dlog10 M (dn/dlog10 M) P(m | μ(M), σ(M))                                          (1)

In a narrow bin of halos their density in μ is nearly a straight line between the values at the
edges; the integral of P over it is known in closed form: right for any σ, zero included.
"""

from typing import NamedTuple

import numpy as np
from scipy.special import ndtr

__all__ = ["HalosByMass", "returned_log_smf"]

_REACH = {"triweight": 3.0, "normal": 9.0}
_NO_WIDTH = 1e-3  # of σ, below which the density in the middle is as good as the average
_MOST_TILT = 0.5  # across a bin
_LEAST_SIGMA, _LEAST_PHI = 1e-12, 1e-300


class HalosByMass(NamedTuple):
    """Halos at the edges of narrow bins, float64.

    Attributes:
        log_m: (n,), log10 halo mass, Msun/h, increasing.
        log_n: (n,), log10 n(>M), (Mpc/h)^-3.
        mean: (n,), μ, log10 Msun.
        sigma: (n,), σ, dex.
    """

    log_m: np.ndarray
    log_n: np.ndarray
    mean: np.ndarray
    sigma: np.ndarray


def returned_log_smf(log_mstar: np.ndarray, halos: HalosByMass, kernel_name: str) -> np.ndarray:
    """log10 φ in (Mpc/h)^-3 per dex; of second order in the width of the bins. (n_m,)

    Args:
        log_mstar: (n_m,), m, log10 Msun.
        halos: Bins that hold all halos that matter.
        kernel_name: "triweight" or "normal".
    """
    number = -np.diff(10.0**halos.log_n)
    first, last = halos.mean[:-1], halos.mean[1:]
    sigma = np.maximum((halos.sigma[:-1] + halos.sigma[1:]) / 2, _LEAST_SIGMA)
    reach = _REACH[kernel_name] * sigma
    near = np.maximum(first, last) + reach > np.min(log_mstar)
    near &= np.minimum(first, last) - reach < np.max(log_mstar)
    tilt = _tilt(number, first, last)[near]
    first, last, sigma = first[near], last[near], sigma[near]
    m = np.asarray(log_mstar)[:, None]
    density = _average_density(m, first, last, sigma, tilt, kernel_name)
    return np.log10(np.maximum(density @ number[near], _LEAST_PHI))


def _tilt(number: np.ndarray, first: np.ndarray, last: np.ndarray) -> np.ndarray:
    """D ln(dn/dμ)/dμ in each bin; 0 where μ does not increase. (n,)"""
    width, middle = last - first, (first + last) / 2
    rises = (width > 0) & (number > 0)
    ln_density = np.log(np.where(rises, number, 1.0) / np.where(rises, width, 1.0))
    step = np.gradient(middle)
    tilt = np.gradient(ln_density) / np.where(step > 0, step, 1.0)
    most = _MOST_TILT / np.where(rises, width, 1.0)
    return np.where(rises & (step > 0), np.clip(tilt, -most, most), 0.0)


def _average_density(
    m: np.ndarray,
    first: np.ndarray,
    last: np.ndarray,
    sigma: np.ndarray,
    tilt: np.ndarray,
    kernel_name: str,
) -> np.ndarray:
    """The mean of P(m | μ, σ) [1 + tilt (μ − middle)] over μ from `first` to `last`. (n_m, n)"""
    width, middle = last - first, (first + last) / 2
    is_wide = np.abs(width) > _NO_WIDTH * sigma
    u_first, u_last = (m - first) / sigma, (m - last) / sigma
    within = _cumulative(u_first, kernel_name) - _cumulative(u_last, kernel_name)
    moment = _moment(u_first, kernel_name) - _moment(u_last, kernel_name)
    within = within + tilt * ((m - middle) * within - sigma * moment)
    narrow = _density((m - middle) / sigma, kernel_name) / sigma
    return np.where(is_wide, within / np.where(is_wide, width, 1.0), narrow)


def _density(u: np.ndarray, kernel_name: str) -> np.ndarray:
    if kernel_name == "normal":
        return np.exp(-u * u / 2) / np.sqrt(2 * np.pi)
    t = np.clip(u / 3, -1, 1)
    return 35 / 96 * (1 - t * t) ** 3


def _cumulative(u: np.ndarray, kernel_name: str) -> np.ndarray:
    if kernel_name == "normal":
        return ndtr(u)
    t = np.clip(u / 3, -1, 1)
    square = t * t
    return 0.5 + 35 / 32 * t * (1 - square * (1 - square * (3 / 5 - square / 7)))


def _moment(u: np.ndarray, kernel_name: str) -> np.ndarray:
    """∫ v k(v) dv up to u."""
    if kernel_name == "normal":
        return -_density(u, kernel_name)
    t = np.clip(u / 3, -1, 1)
    return -105 / 256 * (1 - t * t) ** 4
