"""Everything about two point sets that does not depend on weights, prepared once."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from halograd.pairs import _blocks, _neighbours, _reference
from halograd.pairs._coordinates import fixed_point

# Small blocks waste few candidate pairs, large ones amortise the loop; these were the fastest
# of the sizes 16 to 256 on a 2-core machine (docs/decisions.md).
_FIRST_SIZE, _SECOND_SIZE = 16, 64


class PairPlan(eqx.Module):
    """The pairs between two point sets in a periodic box, ready to be weighted.

    A pytree of arrays, so that it may be closed over or passed through `jax.jit`.
    """

    positions: tuple[np.ndarray, np.ndarray]
    coordinates: tuple[np.ndarray, np.ndarray]
    rows: tuple[np.ndarray, np.ndarray]
    slots: np.ndarray
    neighbours: tuple[tuple[np.ndarray, np.ndarray], ...]
    boxsize: np.ndarray
    rp_edges: np.ndarray
    pi_max: np.ndarray
    n_edges: tuple[int, ...] = eqx.field(static=True)
    counts_zero_separation: bool = eqx.field(static=True)

    def __init__(
        self,
        first: np.ndarray,
        second: np.ndarray,
        boxsize: np.ndarray,
        rp_edges: np.ndarray,
        pi_max: float,
    ) -> None:
        rp_max = rp_edges[-1]
        reach = np.array([rp_max, rp_max, pi_max])
        blocks = (
            _blocks.pack(first, boxsize, reach, _FIRST_SIZE),
            _blocks.pack(second, boxsize, reach, _SECOND_SIZE),
        )
        groups = _neighbours.find(*blocks, boxsize, rp_edges, pi_max)
        self.positions = first, second
        self.coordinates = fixed_point(first, boxsize), fixed_point(second, boxsize)
        self.rows = blocks[0].rows, blocks[1].rows
        self.slots = blocks[0].slots
        self.neighbours = tuple((group.first, group.second) for group in groups)
        self.n_edges = tuple(group.n_edge for group in groups)
        self.counts_zero_separation = bool(rp_edges[0] == 0)
        self.boxsize, self.rp_edges, self.pi_max = boxsize, rp_edges, np.asarray(pi_max)

    def sums_around_first(self, weights: jax.Array) -> jax.Array:
        """S_i = sum_j w_j [ij in bin], for every point of the first set, itself included.

        Args:
            weights: (n_second, n_sample).

        Returns:
            (n_first, n_sample, n_rp), in the dtype of the weights.
        """
        points = self.positions if weights.dtype == jnp.float64 else self.coordinates
        limits = (self.boxsize, self.rp_edges, self.pi_max)
        cumulative = _reference.cumulative_sums(
            tuple(_in_blocks(p, rows) for p, rows in zip(points, self.rows, strict=True)),
            _in_blocks(weights, self.rows[1]),
            self.neighbours,
            tuple(jnp.asarray(limit, weights.dtype) for limit in limits),
            self.n_edges,
        )
        flat = cumulative.reshape(-1, *cumulative.shape[2:])
        return jnp.diff(flat[self.slots], axis=-1)


def _in_blocks(values: jax.Array | np.ndarray, rows: np.ndarray) -> jax.Array:
    """Values (n, k) by block (n_block + 1, size, k), 0 in padding and in the last block."""
    padded = jnp.pad(jnp.asarray(values), ((0, 1), (0, 0)))
    return jnp.pad(padded[rows], ((0, 1), (0, 0), (0, 0)))
