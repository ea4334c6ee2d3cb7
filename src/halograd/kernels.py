"""The scatter of log M* about its mean: P(m | μ, σ), bounded or normal.

All functions take u = (m − μ)/σ. Probabilities of an interval are summed from positive terms,
so they keep their relative precision in the tails, in float32 too.
"""

import math
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.custom_derivatives import SymbolicZero
from jax.scipy.special import erfc
from jax.typing import ArrayLike
from scipy.special import roots_gegenbauer

from halograd._arrays import float_array
from halograd.errors import HalogradError

__all__ = ["Kernel", "interval_probability", "kernel"]

Density = Callable[[jax.Array], jax.Array]
Pair = tuple[jax.Array, jax.Array]


class Kernel(NamedTuple):
    """A unit-width probability density with closed-form integrals.

    The triweight is the density 35/96 (1 − (u/3)²)³ on |u| ≤ 3, with exact zeros outside; its
    standard deviation is 1. The normal is the standard normal density.

    Attributes:
        name: "triweight" or "normal".
        reach: |u| beyond which the density is zero, or below 1e-8 for the normal.
    """

    name: str
    reach: float

    def pdf(self, u: ArrayLike) -> jax.Array:
        """Density at u, elementwise; u may be infinite."""
        u = float_array("u", u)
        return _triweight_pdf(u) if self.name == "triweight" else _normal_pdf(u)

    def pdf_derivatives(self, u: ArrayLike) -> tuple[jax.Array, jax.Array, jax.Array]:
        """Density at u and its first two derivatives in u, elementwise."""
        u = float_array("u", u)
        rule = _triweight_derivatives if self.name == "triweight" else _normal_derivatives
        return rule(u)

    def cdf(self, u: ArrayLike) -> jax.Array:
        """Probability below u, elementwise; u may be infinite."""
        return self.interval(-jnp.inf, u)

    def interval(self, u_low: ArrayLike, u_high: ArrayLike) -> jax.Array:
        """Probability of u_low < u < u_high, elementwise; edges may be infinite.

        Negative where the edges are the wrong way round. The derivative in an edge is the
        density there, and zero at an infinite edge.
        """
        low, high = float_array("u_low", u_low), float_array("u_high", u_high)
        dtype = jnp.result_type(low, high, jnp.float32)
        edges = jnp.broadcast_arrays(low.astype(dtype), high.astype(dtype))
        rule = _triweight_interval if self.name == "triweight" else _normal_interval
        return rule(*edges)

    def nodes(self, n_node: int) -> tuple[np.ndarray, np.ndarray]:
        """Gauss nodes u and weights (their sum 1) for integrals over the density. (n_node,) x 2"""
        if self.name == "normal":
            u, weight = np.polynomial.hermite_e.hermegauss(n_node)
        else:
            t, weight = roots_gegenbauer(n_node, 3.5)
            u = 3 * t
        return u, weight / weight.sum()


_STEP_SCATTER = 1e-6
_KERNELS = {"triweight": Kernel("triweight", 3.0), "normal": Kernel("normal", 6.0)}


def kernel(name: str) -> Kernel:
    """The kernel called `name`, "triweight" or "normal".

    Raises:
        HalogradError: For any other name.
    """
    return _named(name)


def interval_probability(
    mean: ArrayLike, scatter: ArrayLike, low: ArrayLike, high: ArrayLike, kernel: str | Kernel
) -> jax.Array:
    """P(low ≤ m < high) for galaxies of given mean and scatter; all arguments broadcast.

    With zero scatter (below 1e-6 dex) this is the step, 1 where low ≤ mean < high and else 0,
    and its derivatives are zero. It is NaN where an argument is.

    Args:
        mean: μ, mean log10 stellar mass (Msun).
        scatter: σ ≥ 0, dex.
        low: Lower edge, log10 stellar mass, −∞ allowed.
        high: Upper edge, log10 stellar mass, +∞ allowed.
        kernel: "triweight" or "normal", or a `Kernel`.
    """
    shape = kernel if isinstance(kernel, Kernel) else _named(kernel)
    given = {"mean": mean, "scatter": scatter, "low": low, "high": high}
    values = [float_array(name, value) for name, value in given.items()]
    dtype = jnp.result_type(*values, jnp.float32)
    return _compiled_probability(shape, *(value.astype(dtype) for value in values))


@partial(jax.jit, static_argnums=0)
def _compiled_probability(
    shape: Kernel, mean: jax.Array, scatter: jax.Array, low: jax.Array, high: jax.Array
) -> jax.Array:
    return _interval_probability(shape, mean, scatter, low, high)


@partial(jax.custom_jvp, nondiff_argnums=(0,))
def _interval_probability(
    shape: Kernel, mean: jax.Array, scatter: jax.Array, low: jax.Array, high: jax.Array
) -> jax.Array:
    sigma, has_scatter = _positive(scatter)
    smooth = shape.interval(_offset(low, mean, sigma), _offset(high, mean, sigma))
    step = ((low <= mean) & (mean < high)).astype(smooth.dtype)
    # Comparisons with NaN are false: they would make a number of it.
    unknown = jnp.isnan(mean) | jnp.isnan(scatter) | jnp.isnan(low) | jnp.isnan(high)
    return jnp.where(has_scatter, smooth, jnp.where(unknown, jnp.nan, step))


def _interval_probability_jvp(shape: Kernel, primals: tuple, tangents: tuple) -> Pair:
    """The derivatives in mean and scatter are formed once, whatever the number of tangents."""
    mean, scatter, low, high = primals
    sigma, has_scatter = _positive(scatter)
    edges = _offset(low, mean, sigma), _offset(high, mean, sigma)
    at_low, at_high = (jnp.where(has_scatter, shape.pdf(u) / sigma, 0.0) for u in edges)
    in_mean, in_scatter = at_low - at_high, edges[0] * at_low - edges[1] * at_high
    slopes = jax.lax.optimization_barrier((in_mean, in_scatter, -at_low, at_high))
    changes = zip(slopes, tangents, strict=True)
    moved = [slope * t for slope, t in changes if not isinstance(t, SymbolicZero)]
    value = _interval_probability(shape, *primals)
    return value, sum(moved, jnp.zeros_like(value))


_interval_probability.defjvp(_interval_probability_jvp, symbolic_zeros=True)


def _positive(scatter: jax.Array) -> Pair:
    """The scatter, or 1 where there is next to none, and where there is some."""
    has_scatter = scatter > _STEP_SCATTER
    return jnp.where(has_scatter, scatter, 1.0), has_scatter


def _named(name: str) -> Kernel:
    if not isinstance(name, str) or name not in _KERNELS:
        raise HalogradError(f"kernel must be one of {sorted(_KERNELS)}, got {name!r}")
    return _KERNELS[name]


def _offset(edge: jax.Array, mean: jax.Array, sigma: jax.Array) -> jax.Array:
    """(edge − mean)/sigma; a large constant for infinite edges.

    An infinite quotient would turn the zero derivative there into 0·∞.
    """
    finite = jnp.isfinite(edge)
    u = (jnp.where(finite, edge, mean) - mean) / sigma
    return jnp.where(finite, u, 1e3 * jnp.sign(edge))


def _triweight_pdf(u: jax.Array) -> jax.Array:
    t = jnp.clip(u, -3.0, 3.0) / 3
    return 35 / 96 * ((1 - t) * (1 + t)) ** 3


def _triweight_derivatives(u: jax.Array) -> tuple[jax.Array, jax.Array, jax.Array]:
    t = jnp.clip(u, -3.0, 3.0) / 3
    rest = (1 - t) * (1 + t)
    pdf = 35 / 96 * rest**3
    return pdf, -35 / 48 * t * rest**2, 35 / 144 * rest * (5 * t * t - 1)


def _normal_derivatives(u: jax.Array) -> tuple[jax.Array, jax.Array, jax.Array]:
    pdf = _normal_pdf(u)
    near = jnp.clip(u, -40.0, 40.0)
    return pdf, -near * pdf, (near * near - 1) * pdf


def _normal_pdf(u: jax.Array) -> jax.Array:
    near = jnp.clip(u, -40.0, 40.0)
    return jnp.exp(-near * near / 2) / math.sqrt(2 * math.pi)


def _gauss_interval(pdf: Density, low: jax.Array, high: jax.Array) -> jax.Array:
    """The integral of the density from low to high: exact for the triweight, of degree 6."""
    middle, width = (low + high) / 2, high - low
    nodes, weights = np.polynomial.legendre.leggauss(6)
    terms = zip(nodes.tolist(), weights.tolist(), strict=True)
    return width * sum(weight / 2 * pdf(middle + node / 2 * width) for node, weight in terms)


@jax.custom_jvp
def _triweight_interval(low: jax.Array, high: jax.Array) -> jax.Array:
    return _gauss_interval(_triweight_pdf, jnp.clip(low, -3.0, 3.0), jnp.clip(high, -3.0, 3.0))


@_triweight_interval.defjvp
def _triweight_interval_jvp(primals: Pair, tangents: Pair) -> Pair:
    return _triweight_interval(*primals), _edge_terms(_triweight_pdf, primals, tangents)


@jax.custom_jvp
def _normal_interval(low: jax.Array, high: jax.Array) -> jax.Array:
    low, high = jnp.clip(low, -40.0, 40.0), jnp.clip(high, -40.0, 40.0)
    narrow = jnp.abs(high - low) < 0.5
    in_upper_tail = low + high > 0
    first = jnp.where(in_upper_tail, -high, low) / math.sqrt(2)
    last = jnp.where(in_upper_tail, -low, high) / math.sqrt(2)
    wide = (erfc(-last) - erfc(-first)) / 2
    return jnp.where(narrow, _gauss_interval(_normal_pdf, low, high), wide)


@_normal_interval.defjvp
def _normal_interval_jvp(primals: Pair, tangents: Pair) -> Pair:
    return _normal_interval(*primals), _edge_terms(_normal_pdf, primals, tangents)


def _edge_terms(pdf: Density, primals: Pair, tangents: Pair) -> jax.Array:
    (low, high), (d_low, d_high) = primals, tangents
    return pdf(high) * d_high - pdf(low) * d_low
