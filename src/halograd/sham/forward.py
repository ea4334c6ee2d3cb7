"""The stellar mass function that a mean relation and its scatter imply."""

from collections.abc import Callable

import equinox as eqx
import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from halograd.kernels import kernel as named_kernel
from halograd.sham import convolution
from halograd.sham._interpolation import value_and_slope
from halograd.sham._leaves import leaf
from halograd.sham.abundance import SubhaloAbundance

__all__ = ["cumulative_smf_from_relation", "halo_population", "smf_from_relation"]

Relation = Callable[[jax.Array], jax.Array]

_COMMONEST, _RAREST = 2.5, -20.0  # log10 n(>M) at the ends of the halo grid
_N_HALO_NODES = 2401


def smf_from_relation(
    log_mstar: ArrayLike,
    relation: Relation,
    scatter: Relation,
    shmf: SubhaloAbundance,
    *,
    kernel: str = "triweight",
) -> jax.Array:
    """The SMF of halos with a given mean relation and scatter.

        φ(m) = ∫ dlog10 M (dn/dlog10 M) P(m | μ(M), σ(M))        (arXiv:2112.08423)

    Within 1e-4 dex where φ > 1e-12, for any σ, zero included; differentiable in the leaves of
    the arguments. Where σ < 0.06 dex the relation must increase with mass.

    Args:
        log_mstar: (n,), log10 stellar mass m, Msun.
        relation: μ of log10 M (Msun/h), elementwise: `ThreeRoll`, `ExactRelation` or a function
            of JAX operations.
        scatter: σ of log10 M in dex, elementwise: `Scatter` or a function of JAX operations.
        shmf: The abundance of the halos.
        kernel: "triweight" or "normal".

    Returns:
        (n,), φ in (Mpc/h)^-3 per dex.
    """
    return _smf(leaf(log_mstar), relation, scatter, shmf, kernel)


def cumulative_smf_from_relation(
    log_mstar: ArrayLike,
    relation: Relation,
    scatter: Relation,
    shmf: SubhaloAbundance,
    *,
    kernel: str = "triweight",
) -> jax.Array:
    """n(>m) in (Mpc/h)^-3, the integral of `smf_from_relation` above m. (n,) -> (n,)"""
    return _cumulative_smf(leaf(log_mstar), relation, scatter, shmf, kernel)


@eqx.filter_jit
def _smf(
    m: jax.Array, relation: Relation, scatter: Relation, shmf: SubhaloAbundance, kernel: str
) -> jax.Array:
    halos = halo_population(relation, scatter, shmf)
    return convolution.density(m.ravel(), halos, named_kernel(kernel)).reshape(m.shape)


@eqx.filter_jit
def _cumulative_smf(
    m: jax.Array, relation: Relation, scatter: Relation, shmf: SubhaloAbundance, kernel: str
) -> jax.Array:
    halos = halo_population(relation, scatter, shmf)
    return convolution.cumulative_density(m.ravel(), halos, named_kernel(kernel)).reshape(m.shape)


def halo_population(
    relation: Relation,
    scatter: Relation,
    shmf: SubhaloAbundance,
    n_node: int = _N_HALO_NODES,
) -> convolution.Population:
    """All halos that matter, labelled by log10 M, with their mean and scatter."""
    ends = jax.lax.stop_gradient(shmf.log_m_at(jnp.array([_COMMONEST, _RAREST])))
    log_m = jnp.linspace(ends[0], ends[1], n_node)
    mean, mean_slope = value_and_slope(relation, log_m)
    sigma, sigma_slope = value_and_slope(scatter, log_m)
    return convolution.Population(
        label=log_m,
        log_density=shmf.log_density,
        mean=mean,
        mean_slope=mean_slope,
        sigma=jnp.broadcast_to(sigma, log_m.shape),
        sigma_slope=sigma_slope,
    )
