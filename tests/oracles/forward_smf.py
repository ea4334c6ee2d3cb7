"""Eq. (1) by adaptive quadrature in NumPy float64, for any relation given as a function."""

from collections.abc import Callable

import numpy as np
from scipy import integrate

Function = Callable[[np.ndarray], np.ndarray]


def forward_smf(
    m: float, mean: Function, scatter: Function, log_cumulative: Function, log_m: np.ndarray
) -> float:
    """φ(m) of triweight scatter, by integrating over log10 n(>M) between the given halo masses.

    `mean` must increase; the halos whose kernel reaches m are found on the grid `log_m`, and the
    integral over each stretch of it is adaptive.
    """

    def integrand(at: float) -> float:
        sigma = scatter(at)
        u = np.clip((m - mean(at)) / (3 * sigma), -1, 1)
        step = 1e-5
        n_low, n_high = 10 ** log_cumulative(at - step), 10 ** log_cumulative(at + step)
        return (n_low - n_high) / (2 * step) * 35 / 96 * (1 - u * u) ** 3 / sigma

    near = np.flatnonzero(np.abs(m - mean(log_m)) < 3 * scatter(log_m))
    first, last = max(near[0] - 1, 0), min(near[-1] + 1, log_m.size - 1)
    stops = log_m[first : last + 1]
    return sum(
        integrate.quad(integrand, a, b, epsabs=0, epsrel=1e-8, limit=100)[0]
        for a, b in zip(stops[:-1], stops[1:], strict=True)
    )
