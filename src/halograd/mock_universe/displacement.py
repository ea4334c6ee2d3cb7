"""From the linear field to displacements and velocities: augmented Lagrangian perturbation theory.

Second-order Lagrangian perturbation theory (2LPT) is right on large scales but disperses what
should collapse; the spherical collapse model is right in collapsing regions. Kitaura & Hess 2013
(arXiv:1212.3514) add the long waves of the one to the short waves of the other,

    div psi = K * div psi_2LPT + (1 - K) * div psi_SC,                                        (A)

with K a Gaussian of radius r_s. psi is taken to be curl-free, so that its divergence determines it.
"""

from dataclasses import dataclass

import numpy as np

from halograd.mock_universe.fourier_grid import FourierGrid
from halograd.mock_universe.theory import Theory

TRANSITION_RADIUS = 4.0  # r_s of eq. (A), Mpc/h, about what Kitaura & Hess use at redshift 0
HUBBLE = 100.0  # km/s per Mpc/h


@dataclass(frozen=True)
class Displacement:
    """Displacement and peculiar velocity of matter, as functions of the Lagrangian position.

    Attributes:
        grid: The grid of the modes.
        potential: Modes of the potential whose gradient is psi, (Mpc/h)^2.
        velocity_potential: Modes of the potential whose gradient is the 2LPT velocity.
    """

    grid: FourierGrid
    potential: np.ndarray
    velocity_potential: np.ndarray

    def shift_field(self, window: np.ndarray) -> "VectorField":
        """Psi smoothed by `window`, comoving Mpc/h."""
        return VectorField(self.grid, self.potential * window)

    def velocity_field(self, window: np.ndarray) -> "VectorField":
        """Peculiar velocity smoothed by `window`, km/s, by the Lagrangian position."""
        return VectorField(self.grid, self.velocity_potential * window)


class VectorField:
    """The gradient of a potential.

    Attributes:
        parts: Its three components on the grid, each (n, n, n).
    """

    def __init__(self, grid: FourierGrid, potential: np.ndarray) -> None:
        self._grid = grid
        self.parts = list(grid.gradient(potential))

    def __call__(self, points: np.ndarray) -> np.ndarray:
        """The field at (n_point, 3) Lagrangian positions, interpolated. (n_point, 3)"""
        return np.stack([self._grid.interpolate(part, points) for part in self.parts], axis=1)


def displacement(grid: FourierGrid, theory: Theory, delta_modes: np.ndarray) -> Displacement:
    """The displacement field of the linear density `delta_modes`.

    With delta scaled to the redshift in question, div psi_2LPT = -delta - (3/7) Omega^(-1/143) mu,
    mu = sum_{i<j} (phi_ii phi_jj - phi_ij^2), laplacian phi = delta. The velocity is
    a H (f1 psi1 + f2 psi2), f1 = Omega^0.55, f2 = 2 Omega^(6/11) (Bouchet et al. 1995,
    astro-ph/9406013).
    """
    second = -3 / 7 * theory.omega_m ** (-1 / 143) * grid.forward(_second_order(grid, delta_modes))
    collapse = grid.forward(_spherical_collapse(grid.inverse(delta_modes)))
    long_waves = grid.gaussian(TRANSITION_RADIUS)
    f1, f2 = theory.omega_m**0.55, 2 * theory.omega_m ** (6 / 11)
    rate = HUBBLE * theory.hubble / (1 + theory.redshift)
    divergence = long_waves * (second - delta_modes) + (1 - long_waves) * collapse
    velocity_divergence = np.float32(rate) * (f2 * second - f1 * delta_modes)
    return Displacement(
        grid, grid.inverse_laplacian(divergence), grid.inverse_laplacian(velocity_divergence)
    )


def _second_order(grid: FourierGrid, delta_modes: np.ndarray) -> np.ndarray:
    """Mu of the second order, as a field. (n, n, n)"""
    xx, yy, zz, xy, xz, yz = (
        grid.inverse(_hessian_modes(grid, delta_modes, i, j))
        for i, j in ((0, 0), (1, 1), (2, 2), (0, 1), (0, 2), (1, 2))
    )
    return xx * yy + xx * zz + yy * zz - xy**2 - xz**2 - yz**2


def _hessian_modes(grid: FourierGrid, delta_modes: np.ndarray, i: int, j: int) -> np.ndarray:
    return -grid.axes[i] * grid.axes[j] * grid.inverse_laplacian(delta_modes)


def _spherical_collapse(delta: np.ndarray) -> np.ndarray:
    """Div psi of a collapsing sphere: 3 (sqrt(1 - 2 delta / 3) - 1), and -3 once collapsed.

    Bernardeau 1994 (astro-ph/9312026); Neyrinck 2013 (arXiv:1204.1326).
    """
    return 3 * (np.sqrt(np.maximum(1 - 2 / 3 * delta, 0)) - 1)


def destination_density(motion: Displacement, radius: float) -> tuple[np.ndarray, float]:
    """Evolved density contrast, Gaussian-smoothed, where the matter of each site has moved to.

    Objects of linear bias b, wherever they started, are found where the smoothed contrast has the
    mean b <Delta_l Delta>, with Delta_l the smoothed and Delta the full evolved density contrast.

    Args:
        motion: The displacement of matter.
        radius: Smoothing radius, comoving Mpc/h.

    Returns:
        Delta_l(q + psi(q)) at each site q, (n, n, n), float32, and <Delta_l Delta>.
    """
    grid = motion.grid
    ticks = np.arange(grid.n, dtype=np.float32) * np.float32(grid.cell)
    sites = np.meshgrid(ticks, ticks, ticks, indexing="ij", copy=False)
    shift = motion.shift_field(np.float32(1)).parts
    moved = np.stack([(q + s).ravel() for q, s in zip(sites, shift, strict=True)], axis=1)
    contrast = grid.counts(moved) - 1
    smooth = grid.inverse(grid.forward(contrast) * grid.gaussian(radius))
    at_destination = grid.interpolate(smooth, moved).reshape(contrast.shape)
    return at_destination, float((smooth * contrast).mean(dtype=np.float64))


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
