"""The stellar mass function of a population of halos whose galaxies scatter about a mean.

    φ(m) = ∫ dt (dn/dt) P(m | μ(t), σ(t))                                                  (1)

t labels the halos: log halo mass, or anything that orders them. Two forms of the integral share
the work. Where the kernel is wider than the node spacing the nodes are summed ("direct"). Where
it is narrower, galaxies of one rank u within the kernel sit at g_u(t) = μ(t) + u σ(t), so that

    φ(m) = ∫ du k(u) (dn/dt) / (dg_u/dt)  at  g_u(t) = m                                   (2)

("by rank"), by Gauss quadrature in u: exact for σ = 0, where g_u = μ. A weight that rises
smoothly with σ decides for each halo, so that φ is smooth in σ.
"""

from collections.abc import Callable

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from halograd.kernels import Kernel
from halograd.sham._interpolation import cubic

__all__ = [
    "Population",
    "cumulative_density",
    "density",
    "direct_density",
    "direct_response",
    "rank_density",
]

LN10 = float(np.log(10.0))
_NARROW, _WIDE = 0.03, 0.06  # dex; by rank below, direct above
_RANKS = 16
_FLATTEST = 1e-3  # of g_u; flatter stretches, which rank cannot order, hold no galaxies


class Population(eqx.Module):
    """Halos on an increasing, evenly spaced grid of labels.

    Attributes:
        label: (n,), t.
        log_density: The function log10 dn/dt of t, elementwise; dn in (Mpc/h)^-3.
        mean: (n,), μ, log10 stellar mass; `mean_slope` is dμ/dt.
        sigma: (n,), σ in dex; `sigma_slope` is dσ/dt.
    """

    label: jax.Array
    log_density: Callable[[jax.Array], jax.Array]
    mean: jax.Array
    mean_slope: jax.Array
    sigma: jax.Array
    sigma_slope: jax.Array


def density(m: jax.Array, halos: Population, kernel: Kernel) -> jax.Array:
    """φ(m), (Mpc/h)^-3 per dex. (n_m,) -> (n_m,)"""
    return direct_density(m, halos, kernel) + rank_density(m, halos, kernel)


def cumulative_density(m: jax.Array, halos: Population, kernel: Kernel) -> jax.Array:
    """n(>m), (Mpc/h)^-3. (n_m,) -> (n_m,)"""
    sigma = jnp.where(halos.sigma > _NARROW, halos.sigma, 1.0)
    u = (m[:, None] - halos.mean) / sigma
    direct = kernel.cdf(-u) @ _direct_weights(halos)
    return direct + _over_ranks(lambda rank: _above_at_rank(m, rank, halos), m, halos, kernel)


def direct_density(m: jax.Array, halos: Population, kernel: Kernel) -> jax.Array:
    """The part of φ(m) from halos of wide scatter: a trapezoidal sum over the nodes. (n_m,)"""
    sigma = jnp.where(halos.sigma > _NARROW, halos.sigma, 1.0)
    u = (m[:, None] - halos.mean) / sigma
    return kernel.pdf(u) @ (_direct_weights(halos) / sigma)


def direct_response(
    m: jax.Array, halos: Population, kernel: Kernel
) -> tuple[jax.Array, jax.Array, jax.Array]:
    """`direct_density`, and its first two derivatives in the mean of each node.

    Each node acts on its own, so the second derivative has no mixed terms.
    (n_m,), (n_m, n), (n_m, n)
    """
    sigma = jnp.where(halos.sigma > _NARROW, halos.sigma, 1.0)
    u = (m[:, None] - halos.mean) / sigma
    pdf, slope, bend = kernel.pdf_derivatives(u)
    weight = _direct_weights(halos) / sigma
    return pdf @ weight, -slope * (weight / sigma), bend * (weight / sigma**2)


def rank_density(m: jax.Array, halos: Population, kernel: Kernel) -> jax.Array:
    """The part of φ(m) from halos of narrow scatter, eq. (2). (n_m,)

    The mean must increase with the label where the scatter is below 0.06 dex; where it does not,
    only one of the labels that share a mass counts.
    """
    return _over_ranks(lambda u: _at_rank(m, u, halos), m, halos, kernel)


def _over_ranks(
    at_rank: Callable[[jax.Array], jax.Array], m: jax.Array, halos: Population, kernel: Kernel
) -> jax.Array:
    """The mean of `at_rank` over the kernel; zero, at no cost, where no scatter is narrow."""
    ranks, weights = (jnp.asarray(part, m.dtype) for part in kernel.nodes(_RANKS))
    return jax.lax.cond(
        jnp.any(halos.sigma < _WIDE),
        lambda: weights @ jax.vmap(at_rank)(ranks),
        lambda: jnp.zeros_like(m),
    )


def _at_rank(m: jax.Array, u: jax.Array, halos: Population) -> jax.Array:
    """(dn/dt) / (dg_u/dt) at g_u(t) = m, weighted by the fraction of this form. (n_m,)

    Its logarithm is joined by a cubic in g_u, which is smooth in m and in the mean of each node.
    """
    mass = halos.mean + u * halos.sigma
    slope = halos.mean_slope + u * halos.sigma_slope
    rising = slope > _FLATTEST
    ln_density = LN10 * halos.log_density(halos.label) - jnp.log(jnp.where(rising, slope, 1.0))
    ln_steepness = _even_slopes(ln_density) / (_spacing(halos) * jnp.where(rising, slope, 1.0))
    nodes = jnp.stack([mass, ln_density, ln_steepness, halos.sigma, slope], axis=1)
    cell = _cell(m, mass)
    low, value, steepness, sigma, start_slope = nodes[cell].T
    high, end_value, end_steepness, end_sigma, end_slope = nodes[cell + 1].T
    width = jnp.maximum(high - low, _FLATTEST * _spacing(halos))
    t = jnp.clip((m - low) / width, 0.0, 1.0)
    rise = end_value - value
    bend = (width * steepness - rise) * (1 - t) + (rise - width * end_steepness) * t
    here = jnp.exp(value + t * rise + t * (1 - t) * bend)
    fraction = 1 - _direct_fraction(sigma + t * (end_sigma - sigma))
    counts = (jnp.minimum(start_slope, end_slope) > _FLATTEST) & (m >= mass[0]) & (m <= mass[-1])
    return jnp.where(counts, fraction * here, 0.0)


def _even_slopes(values: jax.Array) -> jax.Array:
    """Differences per node, central except at the ends. (n,) -> (n,)"""
    step = jnp.diff(values)
    return (jnp.append(step, step[-1]) + jnp.append(step[:1], step)) / 2


def _cell(m: jax.Array, mass: jax.Array) -> jax.Array:
    """The cell of the nodes that holds m, by counting the nodes below. (n_m,)"""
    below = jnp.sum(jax.lax.stop_gradient(m)[:, None] >= jax.lax.stop_gradient(mass), axis=1)
    return jnp.clip(below - 1, 0, mass.size - 2)


def _above_at_rank(m: jax.Array, u: jax.Array, halos: Population) -> jax.Array:
    """Halos of narrow scatter whose galaxy of rank u lies above m. (n_m,)"""
    mass = halos.mean + u * halos.sigma
    slope = halos.mean_slope + u * halos.sigma_slope
    cell, fraction = _locate(m, mass, slope, halos)
    label = halos.label[cell] + fraction * _spacing(halos)
    label = jnp.where(m >= mass[-1], halos.label[-1], label)
    above, minus_density = _narrow_above(halos)
    return jnp.maximum(cubic(label, halos.label, above, minus_density), 0.0)


def _narrow_above(halos: Population) -> tuple[jax.Array, jax.Array]:
    """Halos of narrow scatter above each node, and its derivative in the label. (n,) x 2"""
    spacing = _spacing(halos)
    density = _narrow_density(halos.label, halos.sigma, halos)
    middle_sigma = (halos.sigma[1:] + halos.sigma[:-1]) / 2
    middle = _narrow_density(halos.label[:-1] + spacing / 2, middle_sigma, halos)
    cells = spacing / 6 * (density[1:] + 4 * middle + density[:-1])
    above = jax.lax.cumsum(jnp.concatenate([cells, jnp.zeros(1, cells.dtype)]), reverse=True)
    return above, -density


def _narrow_density(label: jax.Array, sigma: jax.Array, halos: Population) -> jax.Array:
    return (1 - _direct_fraction(sigma)) * 10.0 ** halos.log_density(label)


def _locate(
    m: jax.Array, mass: jax.Array, slope: jax.Array, halos: Population
) -> tuple[jax.Array, jax.Array]:
    """The cell of the nodes in which g = m, and where in it, by the inverse Hermite cubic."""
    spacing = _spacing(halos)
    cell = _cell(m, mass)
    rise = mass[cell + 1] - mass[cell]
    rise = jnp.where(rise > 0, rise, spacing)
    v = jnp.clip((m - mass[cell]) / rise, 0.0, 1.0)
    start, end = (
        jnp.clip(rise / (spacing * jnp.where(at > 0, at, 1.0)), 0.3, 3.0)
        for at in (slope[cell], slope[cell + 1])
    )
    return cell, v + v * (1 - v) * ((start - 1) * (1 - v) + (1 - end) * v)


def _spacing(halos: Population) -> jax.Array:
    return (halos.label[-1] - halos.label[0]) / (halos.label.size - 1)


def _direct_weights(halos: Population) -> jax.Array:
    """The dn of each node times the fraction of the direct form. (n,)"""
    spacing = _spacing(halos)
    return spacing * 10.0 ** halos.log_density(halos.label) * _direct_fraction(halos.sigma)


def _direct_fraction(sigma: jax.Array) -> jax.Array:
    """A step of two continuous derivatives, from 0 for narrow scatter to 1 for wide."""
    t = jnp.clip((sigma - _NARROW) / (_WIDE - _NARROW), 0.0, 1.0)
    return t**3 * (10 + t * (6 * t - 15))
