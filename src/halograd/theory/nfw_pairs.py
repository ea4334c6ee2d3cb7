r"""Separations of pairs of points within one NFW halo, as distributions.

A centre and a point, or two independent points s and d from the centre. Of the points at s those
within r of a point at d are the fraction

$$ g = \frac{r^2 - (s - d)^2}{4 s d}, \qquad 0 \le g \le 1, $$

so that the fraction of pairs within r is the mean of g over the mass, twice. The separations of
both kinds of pairs are isotropic, so that of those at r the fraction 1 - sqrt(1 - R² / r²) lies
within R of each other in projection.
"""

from typing import NamedTuple

import numpy as np
from scipy.ndimage import map_coordinates

from halograd.theory.nfw import enclosed, projected_fraction, radius_enclosing

_N_NODE = 150  # of the quadrature over the mass of each point
_CROWDING = 3  # nodes gather at the centre
_STEP_C, _STEP_T = 0.04, 0.015  # dex, of the table
_CLOSEST = 1e-5  # separations over the radius of the halo


class PairTable(NamedTuple):
    """Fractions of pairs by log10 of separation over radius and of concentration.

    Attributes:
        log_c: (n_c,), of the profile that ends at c scale radii.
        log_t: (n_t,), up to log10 of 2, the widest separation.
        within: (n_c, n_t), natural logarithm of the fraction within.
    """

    log_c: np.ndarray
    log_t: np.ndarray
    within: np.ndarray

    def __call__(self, t: np.ndarray, c: np.ndarray) -> np.ndarray:
        """The fraction of pairs within t radii of each other: (n, m) and (n, 1) -> (n, m)."""
        log_t = np.log10(np.clip(t, _CLOSEST, 2.0))
        places = [
            (np.broadcast_to(np.log10(c), t.shape) - self.log_c[0]) / _STEP_C,
            (log_t - self.log_t[0]) / (self.log_t[1] - self.log_t[0]),
        ]
        found = np.exp(map_coordinates(self.within, places, order=1, mode="nearest"))
        # Within the first entry of the table the density of pairs is flat.
        return np.where(t < _CLOSEST, found * (t / _CLOSEST) ** 3, found)


def central_fractions(x: np.ndarray, c: np.ndarray, *, is_projected: bool) -> np.ndarray:
    """Fraction of the points within x scale radii of the centre: (n, m) and (n, 1) -> (n, m)."""
    if is_projected:
        inside = projected_fraction(np.maximum(x, 1e-12), c)
        return np.where(x > 0, inside, 0.0)
    return enclosed(np.minimum(x, c)) / enclosed(c)


def pair_table(c: np.ndarray, *, is_projected: bool) -> PairTable:
    """The table of two independent points for halos of these concentrations, (n,)."""
    log_c = np.log10(c)
    low = np.floor(log_c.min() / _STEP_C)
    nodes = _STEP_C * np.arange(low, np.floor(log_c.max() / _STEP_C) + 2)
    n_t = int(np.ceil(np.log10(2 / _CLOSEST) / _STEP_T)) + 1
    log_t = np.linspace(np.log10(_CLOSEST), np.log10(2.0), n_t)
    rows = np.stack([_within(10**log_t, 10**node) for node in nodes])
    if is_projected:
        rows = np.stack([_projected(10**log_t, row) for row in rows])
    return PairTable(nodes, log_t, np.log(np.maximum(rows, 1e-300)))


def _within(t: np.ndarray, c: float) -> np.ndarray:
    """Fraction of the pairs of two points within t radii of the halo. (n_t,)"""
    nodes, weights = np.polynomial.legendre.leggauss(_N_NODE)
    v, weights = (nodes + 1) / 2, weights / 2
    weights = weights * _CROWDING * v ** (_CROWDING - 1)
    s = radius_enclosing(v**_CROWDING * enclosed(c)) / c
    apart, product = (s[:, None] - s) ** 2, 4 * s[:, None] * s
    both = weights[:, None] * weights
    return np.array(
        [np.sum(both * np.clip((r**2 - apart) / product, 0.0, 1.0)) for r in t]
    ) / np.sum(both)


def _projected(t: np.ndarray, within: np.ndarray) -> np.ndarray:
    """Fraction of pairs within t in projection, from those within t in space. (n_t,)

    Between entries of the table separations are spread evenly.
    """
    number, low, high = np.diff(within), t[:-1], t[1:]
    return np.array(
        [
            within[0] + np.sum(number * (1 - (_beyond(high, r) - _beyond(low, r)) / (high - low)))
            for r in t
        ]
    )


def _beyond(x: np.ndarray, r: float) -> np.ndarray:
    """Integral of sqrt(1 - r² / x²) from r to x, 0 where x < r."""
    x = np.maximum(x, r)
    return np.sqrt(x**2 - r**2) - r * np.arccos(r / x)
