"""The last layers of the network: three Gauss–Newton steps of eq. (1) on what it proposed.

    φ(m) = ∫ ds φ(s) P(m | μ(s), σ(s)),   μ → μ − σ Σ_k c_k B_k(s)

with c the least squares of ln φ returned over φ asked for, linear in c, and B_k cubic B-splines.
All of it is differentiated, so that the derivatives are those of the relation returned.
"""

import jax
import jax.numpy as jnp
import numpy as np

from halograd.sham._interpolation import even_splines
from halograd.sham.kernels import Kernel
from halograd.sham.network.labels import Labels

__all__ = ["RAREST", "asked_density", "corrected", "direct_share", "returned_terms"]

LN10 = float(np.log(10.0))
_N_STEP, _N_SPLINE = 3, 48
_RIDGE = 0.1
_LONGEST = 0.5  # of σ, the most that a step may move μ
_TINY = 1e-12
_MARGIN_BELOW, _MARGIN_ABOVE, _MARGIN_WEIGHT, _SPACING = 0.4, 0.1, 0.5, 0.05
RAREST = -24.0  # log10 φ; none in the observable universe, yet within float32
_NARROW, _WIDE = 2.5, 5.5  # spacings of the labels, between which a sum over them resolves σ
_LEAST_RATIO = 1e-4  # of φ returned over φ asked for
_GENTLE = 0.1  # dμ/ds below which the slope is bent so as to stay positive


def corrected(
    mean: jax.Array, labels: Labels, kernel: Kernel, mass_range: tuple[float, float]
) -> jax.Array:
    """μ at the labels, increasing, that comes closer to the SMF over `mass_range`. (n,)"""
    for _ in range(_N_STEP):
        mean = _step(mean, labels, kernel, mass_range)
    return mean


def _step(
    mean: jax.Array, labels: Labels, kernel: Kernel, mass_range: tuple[float, float]
) -> jax.Array:
    sigma, _ = labels.sigma()
    share = direct_share(sigma, labels.spacing)
    m, weight = compared_masses(mass_range)
    terms, response = returned_terms(jnp.asarray(m, mean.dtype), mean, labels, kernel)
    ratio = terms.sum(axis=1)
    unresolved = terms @ (1 - share) / jnp.maximum(ratio, _LEAST_RATIO)
    known = (asked_density(m, labels)[0] > RAREST) & (ratio > _LEAST_RATIO)
    weight = weight * jnp.where(known, jnp.clip(1 - 3 * unresolved, 0.0, 1.0), 0.0)
    weight = jax.lax.stop_gradient(weight)[:, None]
    ratio = jnp.where(known, ratio, 1.0)[:, None]
    basis = (sigma * share)[:, None] * even_splines(mean.size, _N_SPLINE, mean.dtype)
    jacobian = weight * (response @ basis) / ratio
    misfit = weight * (jnp.log(ratio) - asked_density(m, labels)[1][:, None])
    normal = jacobian.T @ jacobian + _smoothing(mean.dtype)
    step = jax.scipy.linalg.solve(normal, jacobian.T @ misfit, assume_a="pos")
    change = _LONGEST * jnp.tanh((basis @ step)[:, 0] / (_LONGEST * sigma + _TINY)) * sigma
    return _rising(mean - change, labels.spacing)


def compared_masses(mass_range: tuple[float, float]) -> tuple[np.ndarray, np.ndarray]:
    """Masses at which φ is compared, and their weights. (n_m,) x 2"""
    first, last = mass_range[0] - _MARGIN_BELOW, mass_range[1] + _MARGIN_ABOVE
    m = np.linspace(first, last, round((last - first) / _SPACING) + 1)
    inside = (m > mass_range[0] - 1e-6) & (m < mass_range[1] + 1e-6)
    return m.astype(np.float32), np.where(inside, 1.0, _MARGIN_WEIGHT).astype(np.float32)


def direct_share(sigma: jax.Array, spacing: jax.Array) -> jax.Array:
    """From 0 to 1 as the scatter becomes wide enough for a sum over labels. (n,)"""
    t = jnp.clip((sigma / spacing - _NARROW) / (_WIDE - _NARROW), 0.0, 1.0)
    return t * t * (3 - 2 * t)


def asked_density(m: jax.Array, labels: Labels) -> tuple[jax.Array, jax.Array]:
    """log10 φ asked for, held fixed, and the change of ln φ from that, which is 0. (n_m,) x 2"""
    log_density = labels.smf.log_density(m)
    held = jax.lax.stop_gradient(log_density)
    return held, LN10 * (log_density - held)


def returned_terms(
    m: jax.Array, mean: jax.Array, labels: Labels, kernel: Kernel
) -> tuple[jax.Array, jax.Array]:
    """What each label adds to φ(m) over `asked_density`, and its derivative in μ. (n_m, n) x 2

    The ratio is formed first, since φ and its inverse square leave the range of float32.
    """
    sigma = jnp.maximum(labels.sigma()[0], _NARROW * labels.spacing)
    here = labels.spacing * 10.0 ** labels.smf.log_density(labels.log_mstar) / sigma
    scale = 10.0 ** -jnp.maximum(asked_density(m, labels)[0], RAREST)
    pdf, slope, _ = kernel.pdf_derivatives((m[:, None] - mean) / sigma)
    return scale[:, None] * here * pdf, -scale[:, None] * (here / sigma) * slope


def _rising(mean: jax.Array, spacing: jax.Array) -> jax.Array:
    """The same curve where it rises by 0.1 or more; elsewhere its slope is bent, and positive."""
    slope = jnp.diff(mean) / spacing
    bent = _GENTLE**2 / (2 * _GENTLE - jnp.minimum(slope, _GENTLE))
    rise = spacing * jnp.where(slope > _GENTLE, slope, bent)
    return mean[0] + jnp.concatenate([jnp.zeros(1, mean.dtype), jnp.cumsum(rise)])


def _smoothing(dtype: np.dtype) -> jax.Array:
    """What holds c and its second differences near zero. (_N_SPLINE, _N_SPLINE)"""
    second = np.diff(np.eye(_N_SPLINE), n=2, axis=0)
    return jnp.asarray(_RIDGE**2 * (np.eye(_N_SPLINE) + second.T @ second), dtype)
