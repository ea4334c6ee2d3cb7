"""The rank of halos in a property that moves with a parameter, as a smooth function of it.

The exact rank of a halo is the number of halos above it, and jumps wherever two of them swap. Here
each halo is spread over the cells b of a fine grid by cubic B-splines, W_b(p), and its rank is

    R_i = Σ_j K(p_i, p_j),   K(p, p') = Σ_{b < b'} W_b(p) W_b'(p') + ½ Σ_b W_b(p) W_b(p').

K rises from 0 to 1 within a few cells, so R is twice differentiable in every p, and
K(p, p') + K(p', p) = 1 exactly: what a halo gains in rank another one loses. The ranks are those
of a sorted catalogue up to shifts that cancel among neighbours, each halo counting itself by ½.
"""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from halograd.errors import HalogradError

__all__ = ["RankGrid"]


class RankGrid(eqx.Module):
    """The cells over which halos are spread.

    Attributes:
        low: Property at the middle of cell 1; lower values count as if they were there.
        step: Width of a cell.
        n_cell: Number of cells; the property of the last but one is the highest told apart.
    """

    low: float = eqx.field(static=True)
    step: float = eqx.field(static=True)
    n_cell: int = eqx.field(static=True)

    @classmethod
    def spanning(cls, low: float, high: float, n_cell: int) -> "RankGrid":
        """Cells between two values of the property.

        Raises:
            HalogradError: Where there is nothing between them.
        """
        if not (np.isfinite([low, high]).all() and low < high):
            raise HalogradError(
                f"halos are ranked by a property that differs between them, got one from {low} to "
                f"{high}"
            )
        return cls(float(low), (float(high) - float(low)) / (n_cell - 3), n_cell)

    def counts(self, values: jax.Array) -> jax.Array:
        """Halos in each cell: (n,) -> (n_cell,)."""
        cell, shares = self._shares(values)
        found = jnp.zeros(self.n_cell, shares.dtype)
        for i in range(4):
            found = found.at[cell + i].add(shares[i])
        return found

    def ranks(self, values: jax.Array, counts: jax.Array) -> jax.Array:
        """R of each value among halos that `counts` holds, the highest first: (n,) -> (n,)."""
        cell, shares = self._shares(values)
        from_above = jnp.cumsum(counts[::-1])[::-1]
        above = from_above - 0.5 * counts
        return sum(shares[i] * above[cell + i] for i in range(4))

    def _shares(self, values: jax.Array) -> tuple[jax.Array, jax.Array]:
        """The first of four cells that each value falls into, and how much into each: (4, n)."""
        at = jnp.clip((values - self.low) / self.step, 0.0, self.n_cell - 3.0)
        cell = jnp.minimum(jnp.floor(jax.lax.stop_gradient(at)), self.n_cell - 4.0)
        t = at - cell
        shares = jnp.stack(
            [
                (1 - t) ** 3,
                3 * t**3 - 6 * t**2 + 4,
                -3 * t**3 + 3 * t**2 + 3 * t + 1,
                t**3,
            ]
        )
        return cell.astype(jnp.int32), shares / 6
