"""What decides the mean stellar mass of a halo: the SMF and the scatter around it.

Eq. (1) does not change when all masses are scaled, nor when φ is; only the shapes near a halo,
in units of its own scatter, matter. With u in units of σ(s),

    ψ(u) = σ(s) d ln φ/ds at s + σ(s) u,   τ(u) = σ(s + σ(s) u)/σ(s) − 1.

Of the scatter only values enter, never its slope: the abundance of few halos is a curve with
kinks, and a slope that follows them would make the mean relation jitter with every parameter.
"""

from typing import Self

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from halograd.kernels import Kernel
from halograd.sham._interpolation import value_and_slope
from halograd.sham.network.labels import Labels

__all__ = ["N_FEATURE", "N_QUANTITY", "Coverage", "describe", "quantities"]

_OFFSETS = np.array([-4.0, -3.0, -2.2, -1.5, -0.9, -0.4, 0.0, 0.4, 0.9, 1.5, 2.2, 3.0, 4.0])
_HERE = 6
_LEAST_SIGMA = 1e-3  # dex; the shift below it is far less than matters
_TAU_UNIT = 1 / 3
_FLAT = 1e-2  # of b, below which −ln M(b)/b loses its digits to cancellation
_NEARNESS = np.gradient(_OFFSETS) * np.exp(-(_OFFSETS**2) / 2)
_RISE = _NEARNESS * _OFFSETS / np.sum(_NEARNESS * _OFFSETS**2)  # a straight line's, from its values
N_FEATURE = 2 * _OFFSETS.size - 1
LN10 = float(np.log(10.0))
_NAMES = (
    "the scatter, dex",
    "the slope of the scatter, per dex of stellar mass",
    "the slope of the SMF, d log φ/d log M*",
    "the curvature of the SMF, d² log φ/d log M*²",
)
N_QUANTITY = len(_NAMES)
_TOLERANCE = 0.01  # of the range of each quantity, by which it may leave it


def describe(labels: Labels, kernel: Kernel) -> tuple[jax.Array, jax.Array]:
    """The shift of the mean in units of σ, to first order, and ψ and τ, compressed.

    To first order is where φ is an exponential of s and σ grows by a straight line:

        (μ − s)/σ = −ln M(b)/b + dσ/ds,   b = −ψ(0),   M(b) = ∫ du k(u) e^(bu)

    where dσ/ds is that of the line which fits σ within a few σ of s.

    Args:
        labels: n of them.
        kernel: k, the shape of the scatter.

    Returns:
        (n,) and (n, N_FEATURE), arcsinh ψ and arcsinh 3τ.
    """
    sigma = jnp.maximum(labels.sigma()[0], _LEAST_SIGMA)[:, None]
    at = labels.log_mstar[:, None] + sigma * _OFFSETS.astype(sigma.dtype)
    psi = sigma * labels.ln_slope_at(at)
    tau = labels.sigma_at(at) / sigma - 1
    sigma_slope = tau @ _RISE.astype(tau.dtype)
    tau = jnp.delete(tau, _HERE, axis=1, assume_unique_indices=True)
    features = jnp.concatenate([jnp.arcsinh(psi), jnp.arcsinh(tau / _TAU_UNIT)], axis=1)
    return _exponential_shift(-psi[:, _HERE], kernel) + sigma_slope, features


def _exponential_shift(b: jax.Array, kernel: Kernel) -> jax.Array:
    """−ln M(b)/b, elementwise; −b/2 for small b."""
    u, weight = (jnp.asarray(part, b.dtype) for part in kernel.nodes(16))
    flat = jnp.abs(b) < _FLAT
    steep = jnp.where(flat, 1.0, b)
    ln_moment = jax.nn.logsumexp(steep[:, None] * u + jnp.log(weight), axis=1)
    return jnp.where(flat, -b / 2, -ln_moment / steep)


class Coverage(eqx.Module):
    """Least and greatest values met in training, within the masses compared.

    Attributes:
        least: (n_quantity,), least value of each of `quantities`.
        greatest: (n_quantity,), greatest value of each.
    """

    least: jax.Array
    greatest: jax.Array

    @classmethod
    def spanning(cls, values: np.ndarray) -> Self:
        """The ranges of a sample of `quantities`. (n, n_quantity)"""
        values = np.asarray(values, np.float32).reshape(-1, N_QUANTITY)
        return cls(jnp.asarray(values.min(axis=0)), jnp.asarray(values.max(axis=0)))

    def excess(self, labels: Labels, mass_range: tuple[float, float]) -> jax.Array:
        """How far each quantity leaves its range, 0 within. (n_quantity,)"""
        least, greatest = jax.lax.stop_gradient((self.least, self.greatest))
        margin = _TOLERANCE * (greatest - least)
        values = jax.lax.stop_gradient(quantities(labels))
        beyond = jnp.maximum(least - margin - values, values - greatest - margin)
        return jnp.max(jnp.where(_within(labels, mass_range), beyond, 0.0), axis=0, initial=0.0)

    def describe(self, excess: np.ndarray) -> str:
        """Which quantities leave their ranges, and by how much, in words."""
        parts = [
            f"{name}, by {over:.3g} beyond {low:.3g} to {high:.3g}"
            for name, over, low, high in zip(_NAMES, excess, self.least, self.greatest, strict=True)
            if over > 0
        ]
        return "; ".join(parts)


def quantities(labels: Labels) -> jax.Array:
    """σ, dσ/ds, d log φ/ds and d² log φ/ds² at the labels. (n, n_quantity)"""
    sigma, sigma_slope = labels.sigma()
    slope, curvature = value_and_slope(labels.ln_slope_at, labels.log_mstar)
    return jnp.stack([sigma, sigma_slope, slope / LN10, curvature / LN10], axis=-1)


def _within(labels: Labels, mass_range: tuple[float, float]) -> jax.Array:
    s = labels.log_mstar
    return ((s >= mass_range[0]) & (s <= mass_range[1]))[:, None]
