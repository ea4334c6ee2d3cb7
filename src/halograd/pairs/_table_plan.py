"""Pair counts between nodes, in the place of pairs between points."""

import equinox as eqx
import jax

from halograd._summation import tree_sum
from halograd.pairs._two_floats import TwoFloats


class TablePlan(eqx.Module):
    """What `WithoutSelf` offers for points, for nodes.

    Attributes:
        counts: (n_node, n_node, n_bin), T[a, c, k] = sum_{i != j} h_ia h_jc [ij in k].
    """

    counts: TwoFloats

    def per_point(self, weights: jax.Array) -> jax.Array:
        """S_a = sum_c T_ac w_c: (n_node, n_sample) -> (n_node, n_sample, n_bin)."""
        n_node, _, n_bin = self.counts.shape
        counts = self.counts.astype(weights.dtype).reshape(n_node, n_node * n_bin)
        # samples first, so that each is one pass along the rows of the table, which is symmetric
        sums = jax.lax.dot(weights.T, counts, precision=jax.lax.Precision.HIGHEST)
        return sums.reshape(-1, n_node, n_bin).swapaxes(0, 1)

    def totals(self, first: jax.Array, second: jax.Array) -> jax.Array:
        """sum_ac first_a T_ac second_c: twice (n_node, n_sample) -> (n_sample, n_bin)."""
        return tree_sum(first[..., None] * self.per_point(second))
