"""The last layers of the network: damped Gauss–Newton steps of eq. (1) on what it proposed.

    φ(m) = ∫ ds φ(s) P(m | μ(s), σ(s)),   μ → μ − σ Σ_k c_k B_k(s)

with c the least squares of ln φ returned over φ asked for, linear in c, and B_k cubic B-splines.
A step that brings no gain is not taken; the next is damped more then, and less otherwise (after
Levenberg and Marquardt). All of it is differentiated, so that the derivatives are those of the
relation returned.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from halograd.kernels import Kernel
from halograd.sham._interpolation import even_splines
from halograd.sham.network.labels import Labels

__all__ = ["RAREST", "asked_density", "corrected", "direct_fraction", "returned_terms"]

LN10 = float(np.log(10.0))
_N_STEP, _N_SPLINE = 4, 48
_RIDGE, _LEAST_RIDGE = 0.1, 0.003  # damping of the first step, and the least of all
_LESS, _MORE = 0.3, 4.0  # factors of the damping after a gain and after none
_LONGEST = 0.5  # of σ, the most that a step may move μ
_TINY = 1e-12
_MARGIN_BELOW, _MARGIN_ABOVE, _MARGIN_WEIGHT, _SPACING = 0.4, 0.1, 0.5, 0.1
_COUNTS = 1.4  # of each mass: what the ridges are measured by
RAREST = -24.0  # log10 φ; none in the observable universe, yet within float32
_NARROW, _WIDE = 2.5, 5.5  # spacings of the labels, between which a sum over them resolves σ
_LEAST_RATIO = 1e-4  # of φ returned over φ asked for
_GREATEST_MISFIT = 3.0  # in ln φ, that a mass counts when steps are judged
_GENTLE = 0.1  # dμ/ds below which the slope is bent so as to stay positive


class _Trial(NamedTuple):
    """A relation, and eq. (1) around it.

    Attributes:
        mean: (n,), μ at the labels.
        jacobian: (n_m, n_spline), weighted change of ln φ in c.
        misfit: (n_m,), weighted ln of φ returned over φ asked for.
        basis: (n, n_spline), change of μ in c.
        loss: The misfit that a step must lower, a number.
    """

    mean: jax.Array
    jacobian: jax.Array
    misfit: jax.Array
    basis: jax.Array
    loss: jax.Array


def corrected(
    mean: jax.Array, labels: Labels, kernel: Kernel, mass_range: tuple[float, float]
) -> jax.Array:
    """μ at the labels, increasing, that comes closer to the SMF over `mass_range`. (n,)"""

    def step(state: tuple[_Trial, jax.Array], _: None) -> tuple[tuple[_Trial, jax.Array], None]:
        here, ridge = state
        there = _trial(_stepped(here, labels, ridge), labels, kernel, mass_range)
        gains = there.loss < here.loss
        taken = jax.tree.map(lambda new, old: jnp.where(gains, new, old), there, here)
        ridge = ridge * jnp.where(gains, _LESS, _MORE)
        return (taken, jnp.maximum(ridge, _LEAST_RIDGE).astype(mean.dtype)), None

    start = _trial(_rising(mean, labels.spacing), labels, kernel, mass_range)
    first = start, jnp.asarray(_RIDGE, mean.dtype)
    (end, _), _ = jax.lax.scan(step, first, length=_N_STEP)
    return end.mean


def _trial(
    mean: jax.Array, labels: Labels, kernel: Kernel, mass_range: tuple[float, float]
) -> _Trial:
    sigma, _ = labels.sigma()
    fraction = direct_fraction(sigma, labels.spacing)
    m, weight = compared_masses(mass_range)
    terms, response = returned_terms(jnp.asarray(m, mean.dtype), mean, labels, kernel)
    ratio = terms.sum(axis=1)
    unresolved = terms @ (1 - fraction) / jnp.maximum(ratio, _LEAST_RATIO)
    held, change = asked_density(m, labels)
    weight = weight * jnp.where(held > RAREST, jnp.clip(1 - 3 * unresolved, 0.0, 1.0), 0.0)
    weight = jax.lax.stop_gradient(weight)
    returned = ratio > _LEAST_RATIO
    loss = _loss(weight, ratio)
    weight, ratio = jnp.where(returned, weight, 0.0), jnp.where(returned, ratio, 1.0)
    basis = (sigma * fraction)[:, None] * even_splines(mean.size, _N_SPLINE, mean.dtype)
    jacobian = (weight / ratio)[:, None] * (response @ basis)
    return _Trial(mean, jacobian, weight * (jnp.log(ratio) - change), basis, loss)


def _loss(weight: jax.Array, ratio: jax.Array) -> jax.Array:
    """The weighted sum of squares of ln φ returned over φ asked for, without derivatives.

    Masses at which next to nothing is returned count here, though they do not pull on μ.
    """
    misfit = jnp.abs(jnp.log(jnp.maximum(ratio, _LEAST_RATIO)))
    loss = jnp.sum((weight * jnp.minimum(misfit, _GREATEST_MISFIT)) ** 2)
    return jax.lax.stop_gradient(loss)


def _stepped(trial: _Trial, labels: Labels, ridge: jax.Array) -> jax.Array:
    sigma, _ = labels.sigma()
    jacobian, longest = trial.jacobian, _LONGEST * sigma
    normal = jacobian.T @ jacobian + ridge**2 * _roughness(ridge.dtype)
    step = jax.scipy.linalg.solve(normal, jacobian.T @ trial.misfit, assume_a="pos")
    change = longest * jnp.tanh(trial.basis @ step / (longest + _TINY))
    return _rising(trial.mean - change, labels.spacing)


def compared_masses(mass_range: tuple[float, float]) -> tuple[np.ndarray, np.ndarray]:
    """Masses at which φ is compared, and their weights. (n_m,) x 2"""
    first, last = mass_range[0] - _MARGIN_BELOW, mass_range[1] + _MARGIN_ABOVE
    m = np.linspace(first, last, round((last - first) / _SPACING) + 1)
    inside = (m > mass_range[0] - 1e-6) & (m < mass_range[1] + 1e-6)
    weight = _COUNTS * np.where(inside, 1.0, _MARGIN_WEIGHT)
    return m.astype(np.float32), weight.astype(np.float32)


def direct_fraction(sigma: jax.Array, spacing: jax.Array) -> jax.Array:
    """Fraction of each halo that a sum over labels resolves, 1 for wide scatter. (n,)"""
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
    """`mean` unchanged where it rises by 0.1 or more; elsewhere its slope is bent, and positive.

    (n,) -> (n,)
    """
    slope = jnp.diff(mean) / spacing
    bent = _GENTLE**2 / (2 * _GENTLE - jnp.minimum(slope, _GENTLE))
    rise = spacing * jnp.where(slope > _GENTLE, slope, bent)
    return mean[0] + jnp.concatenate([jnp.zeros(1, mean.dtype), jnp.cumsum(rise)])


def _roughness(dtype: np.dtype) -> jax.Array:
    """The quadratic form of c and of its second differences. (_N_SPLINE, _N_SPLINE)"""
    second = np.diff(np.eye(_N_SPLINE), n=2, axis=0)
    return jnp.asarray(np.eye(_N_SPLINE) + second.T @ second, dtype)
