"""Schechter stellar mass functions, of one component and of two."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike

from halograd.sham._leaves import check_finite, leaf, takes_floats
from halograd.sham.smf import StellarMassFunction

__all__ = ["DoubleSchechter", "Schechter"]

LN10 = float(np.log(10.0))
_FAINTEST, _BRIGHTEST = -7.0, 3.0  # dex from the knee, the ends of the inverse's table


class Schechter(StellarMassFunction):
    """The Schechter (1976) function of stellar mass.

        φ(m) = ln10 φ* y^(α+1) e^(−y),  n(>m) = φ* Γ(α+1, y),  y = 10^(m − log_mstar)

    Attributes:
        log_phi: log10 φ*, φ* in (Mpc/h)^-3 (per unit of ln M*).
        log_mstar: log10 of the knee, Msun.
        alpha: Slope α of the faint end.

    Raises:
        HalogradError: For a parameter that is not finite.
    """

    log_phi: jax.Array = eqx.field(converter=leaf, default=-2.3)
    log_mstar: jax.Array = eqx.field(converter=leaf, default=10.85)
    alpha: jax.Array = eqx.field(converter=leaf, default=-1.06)

    def __check_init__(self) -> None:
        check_finite("Schechter", log_phi=self.log_phi, log_mstar=self.log_mstar, alpha=self.alpha)

    @takes_floats
    def log_density(self, m: ArrayLike) -> jax.Array:
        """log10 φ(m), φ in (Mpc/h)^-3 per dex, elementwise."""
        return self.log_phi + _log_shape(m - self.log_mstar, self.alpha)

    @takes_floats
    @eqx.filter_jit
    def log_cumulative_density(self, m: ArrayLike) -> jax.Array:
        """log10 n(>m), n in (Mpc/h)^-3, elementwise; finite however bright."""
        return self.log_phi + _log_upper_gamma(m - self.log_mstar, self.alpha + 1)

    def inversion_nodes(self) -> jax.Array:
        """Masses from 7 dex below the knee to 3 above. (n_node,)"""
        return self.log_mstar + _knee_offsets()


class DoubleSchechter(StellarMassFunction):
    """Two Schechter functions with one knee (e.g. Baldry et al. 2008).

        φ(m) = ln10 e^(−y) (φ1 y^(α1+1) + φ2 y^(α2+1)),  y = 10^(m − log_mstar)

    Attributes:
        log_mstar: log10 of the knee, Msun.
        log_phi1: log10 φ1, φ1 in (Mpc/h)^-3.
        alpha1: Faint-end slope of the first component.
        log_phi2: log10 φ2, φ2 in (Mpc/h)^-3.
        alpha2: Faint-end slope of the second component.

    Raises:
        HalogradError: For a parameter that is not finite.
    """

    log_mstar: jax.Array = eqx.field(converter=leaf)
    log_phi1: jax.Array = eqx.field(converter=leaf)
    alpha1: jax.Array = eqx.field(converter=leaf)
    log_phi2: jax.Array = eqx.field(converter=leaf)
    alpha2: jax.Array = eqx.field(converter=leaf)

    def __check_init__(self) -> None:
        check_finite("DoubleSchechter", log_mstar=self.log_mstar)
        check_finite("DoubleSchechter", log_phi1=self.log_phi1, alpha1=self.alpha1)
        check_finite("DoubleSchechter", log_phi2=self.log_phi2, alpha2=self.alpha2)

    @takes_floats
    def log_density(self, m: ArrayLike) -> jax.Array:
        """log10 φ(m), φ in (Mpc/h)^-3 per dex, elementwise."""
        d = m - self.log_mstar
        first = self.log_phi1 + _log_shape(d, self.alpha1)
        return _log_sum(first, self.log_phi2 + _log_shape(d, self.alpha2))

    @takes_floats
    @eqx.filter_jit
    def log_cumulative_density(self, m: ArrayLike) -> jax.Array:
        """log10 n(>m), n in (Mpc/h)^-3, elementwise; finite however bright."""
        d = m - self.log_mstar
        first = self.log_phi1 + _log_upper_gamma(d, self.alpha1 + 1)
        return _log_sum(first, self.log_phi2 + _log_upper_gamma(d, self.alpha2 + 1))

    def inversion_nodes(self) -> jax.Array:
        """Masses from 7 dex below the knee to 3 above. (n_node,)"""
        return self.log_mstar + _knee_offsets()


def _knee_offsets() -> np.ndarray:
    return np.linspace(_FAINTEST, _BRIGHTEST, 161)


def _log_sum(first: jax.Array, second: jax.Array) -> jax.Array:
    """log10(10^first + 10^second)."""
    return jnp.logaddexp(LN10 * first, LN10 * second) / LN10


def _log_shape(d: jax.Array, alpha: jax.Array) -> jax.Array:
    """log10 of φ(m)/φ* at m = log_mstar + d."""
    return np.log10(LN10) + (alpha + 1) * d - 10.0**d / LN10


def _log_upper_gamma(d: jax.Array, a: jax.Array) -> jax.Array:
    """log10 Γ(a, 10^d), for any real a.

    With t = y e^v, Γ(a, y) = y^a e^(−y) ∫_0^∞ exp(a v − y (e^v − 1)) dv, which has neither the
    poles of Γ(a) nor the underflow of e^(−y). Forty Gauss–Legendre nodes up to where the
    exponential has fallen to e^−36 give 1e-8 for y > 1e-10 and −1.2 < a < 0.5,
    and 1e-12 for y > 1e-4.
    """
    y = (10.0**d)[..., None]
    nodes, weights = np.polynomial.legendre.leggauss(40)
    reach = jnp.log1p(36 / jax.lax.stop_gradient(y))
    v = reach * ((nodes + 1) / 2).astype(y.dtype)
    integrand = jnp.exp(a * v - y * jnp.expm1(v))
    integral = jnp.sum((weights / 2).astype(y.dtype) * reach * integrand, axis=-1)
    return a * d + (jnp.log(integral) - y[..., 0]) / LN10
