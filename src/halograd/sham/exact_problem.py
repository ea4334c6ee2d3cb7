"""The least-squares problem whose solution is the exact mean relation; see exact.py."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike

from halograd.kernels import Kernel
from halograd.sham import convolution
from halograd.sham._interpolation import even_splines, value_and_slope
from halograd.sham.abundance import SubhaloAbundance
from halograd.sham.least_squares import Expansion
from halograd.sham.matching import label_ends, larger, matched_log_m
from halograd.sham.scatter import Scatter
from halograd.sham.smf import StellarMassFunction

__all__ = ["ExactProblem", "compared_masses", "pose"]

LN10 = float(np.log(10.0))
_N_BLOCK, _BLOCK, _N_SPLINE = 32, 16, 48
_N_LABEL = _N_BLOCK * _BLOCK
# Normal scatter smooths φ more, and its relation is less well determined.
_SMOOTHING, _RIDGE = {"triweight": 1e-4, "normal": 5e-4}, 3e-4
_WALL, _WALL_AT = 1e-2, 3.0  # penalty (ln dμ/ds / _WALL_AT)³, for where eq. (1) has no solution
_MARGIN_BELOW, _MARGIN_ABOVE, _MARGIN_WEIGHT = 0.5, 0.2, 0.3  # dex beyond the range, and weight
_SPACING = 0.05  # dex between the masses compared
_LIGHTER, _N_LIGHTER = 3.0, 64  # dex below the labels, and nodes there
_FLOOR = 0.03  # of the φ asked for, added to both sides: the logarithm of none is finite
_STEEPEST = 8.0  # bound of |ln dμ/ds|, so that a trial step cannot overflow


class ExactProblem(eqx.Module):
    """Unknowns (b, q_1 … q_K) and the misfit of log10 φ in eq. (1).

    Attributes:
        smf: The stellar mass function to give back.
        kernel: The shape of the scatter.
        label: (n,), s, the stellar mass without scatter.
        sigma, sigma_slope: (n,), scatter at s, dex, and its derivative.
        log_mstar: (n_m,), masses at which φ is compared.
        weight: (n_m,), weight of the comparison at each mass.
        lighter: (n_lighter,), s of halos lighter than those labelled.
        log_m, log_m_slope: (n_lighter + n,), log10 halo mass at `lighter` and `label`, Msun/h,
            and its derivative in s.
    """

    smf: StellarMassFunction
    kernel: Kernel = eqx.field(static=True)
    label: jax.Array
    sigma: jax.Array
    sigma_slope: jax.Array
    log_mstar: jax.Array
    weight: jax.Array
    lighter: jax.Array
    log_m: jax.Array
    log_m_slope: jax.Array

    def start(self) -> jax.Array:
        """Unknowns of no correction, which is the relation without scatter. (n_param,)"""
        return jnp.zeros(_N_SPLINE + 1, self.label.dtype)

    def size(self) -> jax.Array:
        """Factor of the q where scatter is largest, 10 σ²."""
        return 10 * larger(self.sigma[0], self.sigma[-1]) ** 2

    def curve(self, params: jax.Array) -> tuple[jax.Array, jax.Array]:
        """μ and dμ/ds at the labels. (n,) x 2"""
        scale = 10 * self.sigma**2
        excess = jnp.expm1(
            _bounded(scale * (even_splines(_N_LABEL, _N_SPLINE, self.label.dtype) @ params[1:]))
        )
        shift = self._spacing() * _running_sum(excess)
        return self.label + scale[0] * params[0] + shift, 1 + excess

    def misfit(self, residual: jax.Array) -> jax.Array:
        """log10 of φ returned over φ asked for, from `residual`. (n_m,)"""
        floored = residual[: self.log_mstar.size] / self._weight()
        ratio = (1 + _FLOOR) * 10.0**floored - _FLOOR
        return jnp.log10(jnp.maximum(ratio, jnp.finfo(ratio.dtype).eps))

    def residual(self, params: jax.Array) -> jax.Array:
        """Weighted misfit, floored, then the smoothing terms, then the wall. (n_residual,)"""
        phi = convolution.density(self.log_mstar, self._halos(*self.curve(params)), self.kernel)
        misfit = self._weight() * self._log_ratio(phi)
        smoothing = self._smoothing() @ params
        wall = _WALL * (self._wall() @ params[1:]) ** 3
        return jnp.concatenate([misfit, smoothing, wall])

    def expand(self, params: jax.Array) -> Expansion:
        """`residual` to second order.

        The direct part of φ depends on each mean on its own: matrix products then replace one
        convolution for every parameter, and for every pair of them. The part by rank, where
        scatter is so narrow that the misfit vanishes, is left out of the second derivative.
        """
        m, kernel, weight = self.log_mstar, self.kernel, self._weight()
        mean, slope = self.curve(params)
        halos = self._halos(mean, slope)
        d_mean, d_slope = self._curve_jacobian(slope)
        direct, response, bend = convolution.direct_response(m, halos, kernel)
        rank, push = jax.linearize(
            lambda *curve: convolution.rank_density(m, self._halos(*curve), kernel), mean, slope
        )
        d_rank = jax.vmap(push, in_axes=1, out_axes=1)(d_mean, d_slope)
        phi = direct + rank
        misfit = weight * self._log_ratio(phi)
        phi = phi + _FLOOR * self.smf.density(m)
        d_log_phi = (response @ d_mean + d_rank) / (LN10 * phi[:, None])
        pull = weight * misfit / (LN10 * phi)
        curvature = d_mean.T @ ((pull @ bend)[:, None] * d_mean)
        curvature += self._curve_curvature(params, pull @ response)
        curvature -= d_log_phi.T @ ((LN10 * weight * misfit)[:, None] * d_log_phi)
        smoothing, wall = self._smoothing(), self._wall()
        height = wall @ params[1:]
        d_wall = jnp.pad(3 * _WALL * height[:, None] ** 2 * wall, ((0, 0), (1, 0)))
        curvature += jnp.pad(wall.T @ ((6 * _WALL**2 * height**4)[:, None] * wall), (1, 0))
        return Expansion(
            jnp.concatenate([misfit, smoothing @ params, _WALL * height**3]),
            jnp.concatenate([weight[:, None] * d_log_phi, smoothing, d_wall]),
            curvature,
        )

    def nodes(self, params: jax.Array) -> tuple[jax.Array, jax.Array, jax.Array]:
        """log10 M, μ and dμ/dlog10 M, of lighter halos and of the labels. (n_lighter + n,) x 3

        The lighter halos keep the correction of the lightest label, where it is small.
        """
        mean, slope = self.curve(params)
        lighter = self.lighter + mean[0] - self.label[0]
        slope = jnp.concatenate([jnp.ones_like(lighter), slope])
        return self.log_m, jnp.concatenate([lighter, mean]), slope / self.log_m_slope

    def _curve_jacobian(self, slope: jax.Array) -> tuple[jax.Array, jax.Array]:
        """Derivatives of `curve`, from its slope. (n, n_param) x 2"""
        scale = 10 * self.sigma**2
        bounded = jnp.log(slope) / _STEEPEST
        gain = slope * (1 - bounded**2) * scale
        d_slope = gain[:, None] * even_splines(_N_LABEL, _N_SPLINE, slope.dtype)
        d_mean = self._spacing() * _running_sum(d_slope)
        first = jnp.full((_N_LABEL, 1), scale[0])
        return (
            jnp.concatenate([first, d_mean], axis=1),
            jnp.concatenate([jnp.zeros_like(first), d_slope], axis=1),
        )

    def _curve_curvature(self, params: jax.Array, pull: jax.Array) -> jax.Array:
        """Second derivative of Σ_j pull_j μ_j. (n_param, n_param)"""
        splines, scale = even_splines(_N_LABEL, _N_SPLINE, pull.dtype), 10 * self.sigma**2
        on_excess = self._spacing() * jax.linear_transpose(_running_sum, pull)(pull)[0]

        def slope(x: jax.Array) -> jax.Array:
            return value_and_slope(lambda x: jnp.expm1(_bounded(x)), x)[1]

        bend = value_and_slope(slope, scale * (splines @ params[1:]))[1]
        inner = splines.T @ ((on_excess * bend * scale**2)[:, None] * splines)
        return jnp.pad(inner, (1, 0))

    def _log_ratio(self, phi: jax.Array) -> jax.Array:
        ratio = phi / self.smf.density(self.log_mstar)
        return jnp.log10((ratio + _FLOOR) / (1 + _FLOOR))

    def _smoothing(self) -> jax.Array:
        """Rows that hold second differences of the q, and weakly all unknowns, near zero."""
        second = np.diff(np.eye(_N_SPLINE), n=2, axis=0)
        rows = _SMOOTHING[self.kernel.name] * np.hstack([np.zeros((len(second), 1)), second])
        return jnp.asarray(np.vstack([rows, _RIDGE * np.eye(_N_SPLINE + 1)]), self.label.dtype)

    def _wall(self) -> jax.Array:
        """Matrix from q to ln dμ/ds in units of `_WALL_AT`, at every sixteenth label."""
        scale = 10 * self.sigma[::_BLOCK] ** 2 / _WALL_AT
        return scale[:, None] * even_splines(_N_LABEL, _N_SPLINE, scale.dtype)[::_BLOCK]

    def _weight(self) -> jax.Array:
        """The weights over the size of the correction.

        This keeps the problem as well conditioned for small scatter as for large.
        """
        size = self.size()
        return self.weight / (size / (1 + size) + 1e-4)

    def _spacing(self) -> jax.Array:
        return (self.label[-1] - self.label[0]) / (_N_LABEL - 1)

    def _halos(self, mean: jax.Array, slope: jax.Array) -> convolution.Population:
        return convolution.Population(
            self.label, self.smf.log_density, mean, slope, self.sigma, self.sigma_slope
        )


def compared_masses(mass_range: tuple[float, float]) -> tuple[np.ndarray, np.ndarray]:
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
) -> ExactProblem:
    """The problem on labels that reach every halo whose galaxies enter the masses compared."""
    m, inside = compared_masses(mass_range)
    label = _even(*label_ends(smf, scatter, kernel, (m[0], m[-1])), _N_LABEL)
    lighter = _even(label[0] - _LIGHTER, label[0], _N_LIGHTER + 1)[:-1]
    log_m, log_m_slope = matched_log_m(jnp.concatenate([lighter, label]), smf, shmf)
    sigma, sigma_slope = value_and_slope(scatter, log_m[_N_LIGHTER:])
    return ExactProblem(
        smf=smf,
        kernel=kernel,
        label=label,
        sigma=sigma,
        sigma_slope=sigma_slope * log_m_slope[_N_LIGHTER:],
        log_mstar=jnp.asarray(m, label.dtype),
        weight=jnp.asarray(np.where(inside, 1.0, _MARGIN_WEIGHT), label.dtype),
        lighter=lighter,
        log_m=log_m,
        log_m_slope=log_m_slope,
    )


def _even(first: ArrayLike, last: ArrayLike, n: int) -> jax.Array:
    return first + (last - first) * np.linspace(0.0, 1.0, n)


def _bounded(log_slope: jax.Array) -> jax.Array:
    return _STEEPEST * jnp.tanh(log_slope / _STEEPEST)


def _running_sum(values: jax.Array) -> jax.Array:
    """The trapezoidal integral from the first label, in cells. (n, ...) -> (n, ...)

    By two small triangular products, in blocks: quicker to compile and to run than a scan.
    """
    blocks = values.reshape(_N_BLOCK, _BLOCK, -1)
    within = jnp.einsum("ij,bjk->bik", np.tri(_BLOCK, dtype=values.dtype), blocks)
    before = np.tri(_N_BLOCK, k=-1, dtype=values.dtype) @ within[:, -1]
    total = (within + before[:, None]).reshape(values.shape)
    return total - (values + values[:1]) / 2
