"""What a jackknife measures: every statistic with one subvolume left out at a time."""

import equinox as eqx
import jax
import jax.numpy as jnp


class LeaveOneOut(eqx.Module):
    """Statistics of the box without each of its K subvolumes in turn.

    The sample axis is missing where the weights had none.

    Attributes:
        n: (K, n_sample), number density, (Mpc/h)^-3.
        wp: (K, n_sample, n_rp), comoving Mpc/h.
        delta_sigma: (K, n_sample, n_R), h Msun / pc^2, or None without profiles.
    """

    n: jax.Array
    wp: jax.Array
    delta_sigma: jax.Array | None

    @property
    def vectors(self) -> jax.Array:
        """The numbers of each realisation in a row: n, wp, then ΔΣ, sample by sample. (K, p)"""
        parts = [part for part in (self.n, self.wp, self.delta_sigma) if part is not None]
        return jnp.concatenate([part.reshape(len(part), -1) for part in parts], axis=1)

    @property
    def covariance(self) -> jax.Array:
        """Jackknife covariance of `vectors`. (p, p)"""
        return scatter(self.vectors)


def scatter(vectors: jax.Array) -> jax.Array:
    r"""Jackknife covariance of K leave-one-out measurements, (K, p) -> (p, p),

    $$ C = \frac{K - 1}{K} \sum_k (x_k - \bar x) (x_k - \bar x)^T. $$
    """
    apart = vectors - vectors.mean(axis=0)
    product = jnp.einsum("ki,kj->ij", apart, apart, precision=jax.lax.Precision.HIGHEST)
    return product * (len(vectors) - 1) / len(vectors)
