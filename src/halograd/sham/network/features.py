"""What decides the mean stellar mass of a halo: the SMF and the scatter around it.

Eq. (1) does not change when all masses are scaled, nor when φ is; only the shapes near a halo,
in units of its own scatter, matter. With u in units of σ(s),

    ψ(u) = σ(s) d ln φ/ds at s + σ(s) u,   τ(u) = σ(s + σ(s) u)/σ(s) − 1.

Of the scatter only values enter, never its slope: the abundance of few halos is a curve with
kinks, and a slope that follows them would make the mean relation jitter with every parameter.
"""

import jax
import jax.numpy as jnp
import numpy as np

from halograd.kernels import Kernel
from halograd.sham.network.labels import Labels

__all__ = ["N_FEATURE", "describe"]

_OFFSETS = np.array([-4.0, -3.0, -2.2, -1.5, -0.9, -0.4, 0.0, 0.4, 0.9, 1.5, 2.2, 3.0, 4.0])
_HERE = 6
_LEAST_SIGMA = 1e-3  # dex; the shift below it is far less than matters
_TAU_UNIT = 1 / 3
_FLAT = 1e-2
_NEARNESS = np.gradient(_OFFSETS) * np.exp(-(_OFFSETS**2) / 2)
_RISE = _NEARNESS * _OFFSETS / np.sum(_NEARNESS * _OFFSETS**2)  # a straight line's, from its values
N_FEATURE = 2 * _OFFSETS.size - 1


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
