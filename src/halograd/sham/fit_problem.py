"""The least-squares problem whose solution is the fitted mean relation; see fitted.py."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from scipy.interpolate import BSpline

from halograd.sham import convolution
from halograd.sham._interpolation import value_and_slope
from halograd.sham.abundance import SubhaloAbundance
from halograd.sham.kernels import Kernel
from halograd.sham.scatter import Scatter
from halograd.sham.smf import StellarMassFunction

__all__ = ["FitProblem", "fit_masses", "matched_log_m", "pose"]

LN10 = float(np.log(10.0))
_N_LABEL, _N_SPLINE = 512, 32
_SMOOTHING = 2e-3
_MARGIN_BELOW, _MARGIN_ABOVE, _MARGIN_WEIGHT = 0.5, 0.2, 0.3
_SPACING = 0.05
_RARER = 3.0  # dex in n(>m) by which the labels go beyond the brightest fitted mass
_TINY = 1e-30
_STEEPEST = 8.0  # bound of |ln dμ/ds|, so that a trial step cannot overflow


class FitProblem(eqx.Module):
    """Unknowns (b, q_1 … q_K) and the misfit of log10 φ in eq. (1).

    Attributes:
        smf: The stellar mass function to give back.
        kernel: The shape of the scatter.
        label: (n,), s, the stellar mass without scatter.
        log_m, log_m_slope: (n,), log10 halo mass at s, Msun/h, and its derivative.
        sigma, sigma_slope: (n,), scatter at s, dex, and its derivative.
        log_mstar: (n_m,), masses at which φ is compared.
        weight: (n_m,), what the comparison counts.
    """

    smf: StellarMassFunction
    kernel: Kernel = eqx.field(static=True)
    label: jax.Array
    log_m: jax.Array
    log_m_slope: jax.Array
    sigma: jax.Array
    sigma_slope: jax.Array
    log_mstar: jax.Array
    weight: jax.Array

    def start(self) -> jax.Array:
        """No correction: the relation without scatter."""
        return jnp.zeros(_N_SPLINE + 1, self.label.dtype)

    def curve(self, params: jax.Array) -> tuple[jax.Array, jax.Array]:
        """μ and dμ/ds at the labels. (n,) x 2"""
        scale = 10 * self.sigma**2
        log_slope = scale * (_splines(self.label.dtype) @ params[1:])
        log_slope = _STEEPEST * jnp.tanh(log_slope / _STEEPEST)
        excess = jnp.expm1(log_slope)
        spacing = (self.label[-1] - self.label[0]) / (_N_LABEL - 1)
        cells = spacing * (excess[1:] + excess[:-1]) / 2
        shift = jnp.concatenate([jnp.zeros(1, cells.dtype), jnp.cumsum(cells)])
        return self.label + scale[0] * params[0] + shift, 1 + excess

    def misfit(self, params: jax.Array) -> jax.Array:
        """log10 of φ returned over φ asked for. (n_m,)"""
        phi = convolution.density(self.log_mstar, self._halos(*self.curve(params)), self.kernel)
        return jnp.log10(phi + _TINY) - self.smf.log_density(self.log_mstar)

    def residual(self, params: jax.Array) -> jax.Array:
        """Weighted misfit, then the smoothing terms. (n_residual,)"""
        smoothing = _smoothing(params.dtype)
        return jnp.concatenate([self._weight() * self.misfit(params), smoothing @ params])

    def jacobian(self, params: jax.Array) -> jax.Array:
        """Derivative of `residual`. (n_residual, n_param)

        The direct part of φ depends on each mean on its own: one matrix product then replaces
        one convolution for every parameter.
        """
        m, kernel = self.log_mstar, self.kernel
        mean, slope = self.curve(params)
        d_mean, d_slope = jax.jacfwd(self.curve)(params)
        halos = self._halos(mean, slope)
        d_direct = convolution.direct_response(m, halos, kernel) @ d_mean
        rank, push = jax.linearize(
            lambda *curve: convolution.rank_density(m, self._halos(*curve), kernel), mean, slope
        )
        d_rank = jax.vmap(push, in_axes=1, out_axes=1)(d_mean, d_slope)
        phi = convolution.direct_density(m, halos, kernel) + rank + _TINY
        d_log_phi = (d_direct + d_rank) / (LN10 * phi[:, None])
        return jnp.concatenate([self._weight()[:, None] * d_log_phi, _smoothing(params.dtype)])

    def _weight(self) -> jax.Array:
        """The weights over the size of the correction.

        This keeps the problem as well conditioned for small scatter as for large.
        """
        size = 10 * jnp.max(self.sigma) ** 2
        return self.weight / (size / (1 + size) + 1e-4)

    def _halos(self, mean: jax.Array, slope: jax.Array) -> convolution.Population:
        return convolution.Population(
            self.label, self.smf.log_density, mean, slope, self.sigma, self.sigma_slope
        )


def fit_masses(mass_range: tuple[float, float]) -> tuple[np.ndarray, np.ndarray]:
    """Masses at which φ is compared, and which of them lie within the range. (n_m,) x 2"""
    low, high = mass_range
    n_mass = round((high - low + _MARGIN_BELOW + _MARGIN_ABOVE) / _SPACING) + 1
    m = np.linspace(low - _MARGIN_BELOW, high + _MARGIN_ABOVE, n_mass)
    return m, (m > low - 1e-6) & (m < high + 1e-6)


def pose(
    smf: StellarMassFunction,
    scatter: Scatter,
    shmf: SubhaloAbundance,
    kernel: Kernel,
    mass_range: tuple[float, float],
) -> FitProblem:
    """The problem on labels that reach every halo whose galaxies enter the masses compared."""
    m, inside = fit_masses(mass_range)
    widest = kernel.reach * jnp.maximum(scatter.low, scatter.high)
    rarest = smf.log_mstar_at(smf.log_cumulative_density(jnp.asarray(m[-1])) - _RARER)
    label = jnp.linspace(m[0] - widest - 0.1, rarest, _N_LABEL)
    log_m, log_m_slope = matched_log_m(label, smf, shmf)
    sigma, sigma_slope = value_and_slope(scatter, log_m)
    return FitProblem(
        smf=smf,
        kernel=kernel,
        label=label,
        log_m=log_m,
        log_m_slope=log_m_slope,
        sigma=sigma,
        sigma_slope=sigma_slope * log_m_slope,
        log_mstar=jnp.asarray(m, label.dtype),
        weight=jnp.asarray(np.where(inside, 1.0, _MARGIN_WEIGHT), label.dtype),
    )


def matched_log_m(
    label: jax.Array, smf: StellarMassFunction, shmf: SubhaloAbundance
) -> tuple[jax.Array, jax.Array]:
    """log10 M of the halos as common as galaxies above `label`, and its slope. (n,) x 2"""
    return value_and_slope(lambda s: shmf.log_m_at(smf.log_cumulative_density(s)), label)


def _splines(dtype: np.dtype) -> jax.Array:
    """Cubic B-splines over the labels, on even knots. (_N_LABEL, _N_SPLINE)"""
    n_cell = _N_SPLINE - 3
    knots = np.arange(-3, n_cell + 4) / n_cell
    at = np.linspace(0.0, 1.0, _N_LABEL)
    return jnp.asarray(BSpline.design_matrix(at, knots, 3).toarray(), dtype)


def _smoothing(dtype: np.dtype) -> jax.Array:
    """Rows that hold second differences of the q, and weakly all unknowns, near zero."""
    second = np.diff(np.eye(_N_SPLINE), n=2, axis=0)
    rows = np.hstack([np.zeros((len(second), 1)), second])
    return jnp.asarray(_SMOOTHING * np.vstack([rows, 0.03 * np.eye(_N_SPLINE + 1)]), dtype)
