"""The pairs of a set with itself, no point its own neighbour."""

import equinox as eqx
import jax

from halograd._summation import tree_sum
from halograd.pairs._plan import Plan


class WithoutSelf(eqx.Module):
    """A plan of one set with itself, less the pair of each point with itself.

    Args:
        plan: The plan, which includes those pairs.
        holds_zero_separation: Whether its first bin starts at zero and so holds them.
    """

    plan: Plan
    holds_zero_separation: bool = eqx.field(static=True)

    def per_point(self, weights: jax.Array) -> jax.Array:
        """S_i = sum_{j != i} w_j [ij in bin]: (n, n_sample) -> (n, n_sample, n_bin)."""
        sums = self.plan.per_point(weights)
        return sums.at[..., 0].add(-weights) if self.holds_zero_separation else sums

    def totals(self, first: jax.Array, second: jax.Array) -> jax.Array:
        """sum_{i != j} first_i second_j [ij in bin], keeping no S_i: (n_sample, n_bin)."""
        sums = self.plan.totals(first, second)
        if not self.holds_zero_separation:
            return sums
        return sums.at[..., 0].add(-tree_sum(first * second))
