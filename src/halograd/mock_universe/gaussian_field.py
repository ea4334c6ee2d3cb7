"""The linear density field: Gaussian, with the linear power spectrum."""

import numpy as np

from halograd.mock_universe.fourier_grid import FourierGrid
from halograd.mock_universe.theory import Theory


def linear_density_modes(rng: np.random.Generator, grid: FourierGrid, theory: Theory) -> np.ndarray:
    """Modes of the linear density contrast. (n, n, n // 2 + 1), complex64

    White noise w of unit variance per site has a power equal to the volume of a cell, so that
    delta(k) = w(k) sqrt(P_lin(k) / cell^3). The mean density is exact: delta(0) = 0.
    """
    noise = rng.standard_normal((grid.n,) * 3, dtype=np.float32)
    return grid.forward(noise) * np.sqrt(_linear_power(grid.k, theory) / grid.cell**3)


def _linear_power(k: np.ndarray, theory: Theory) -> np.ndarray:
    """P_lin of each mode from a table in log k, and 0 at k = 0. float32"""
    lowest = k[k > 0].min()
    table = np.geomspace(lowest, k.max(), 500)
    log_power = np.log(theory.linear_power(table))
    power = np.exp(np.interp(np.log(np.maximum(k, lowest)), np.log(table), log_power))
    return np.where(k > 0, power, 0).astype(np.float32)
