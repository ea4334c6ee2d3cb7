"""The pairs between two point sets, prepared for the sums in plain JAX."""

import math

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from halograd._summation import tree_sum
from halograd.pairs import _blocks, _neighbours, _reference
from halograd.pairs._box import Box
from halograd.pairs._coordinates import fixed_point
from halograd.pairs._geometry import Geometry

# Small blocks waste few candidate pairs, large ones amortise the loop; these were the fastest
# of the sizes 16 to 256 on a 2-core machine (docs/decisions.md).
_FIRST_SIZE, _SECOND_SIZE = 16, 64


class ReferencePlan(eqx.Module):
    """The plan of the reference engine; a pytree of arrays, fit for `jax.jit`.

    Args:
        first: (n1, 3), float64, comoving Mpc/h, line of sight third.
        second: (n2, 3).
        box: Effective box, periodic along every axis.
        geometry: The bins.
    """

    positions: tuple[np.ndarray, np.ndarray]
    coordinates: tuple[np.ndarray, np.ndarray]
    rows: tuple[np.ndarray, np.ndarray]
    slots: np.ndarray
    neighbours: tuple[tuple[np.ndarray, np.ndarray], ...]
    limits: _reference.Limits
    n_edges: tuple[int, ...] = eqx.field(static=True)
    is_projected: bool = eqx.field(static=True)

    def __init__(self, first: np.ndarray, second: np.ndarray, box: Box, geometry: Geometry) -> None:
        blocks = (
            _blocks.pack(first, box.sides, geometry.reach, _FIRST_SIZE),
            _blocks.pack(second, box.sides, geometry.reach, _SECOND_SIZE),
        )
        groups = _neighbours.find(*blocks, box.sides, geometry)
        self.positions = first, second
        self.coordinates = fixed_point(first, box), fixed_point(second, box)
        self.rows = blocks[0].rows, blocks[1].rows
        self.slots = blocks[0].slots
        self.neighbours = tuple((group.first, group.second) for group in groups)
        self.n_edges = tuple(group.n_edge for group in groups)
        self.limits = _reference.Limits(
            box.sides, geometry.edges, geometry.line_of_sight_edges[:-1], geometry.upper_edges
        )
        self.is_projected = geometry.is_projected

    def per_point(self, weights: jax.Array) -> jax.Array:
        """S_i = sum_j w_j [ij in bin], for every point of the first set, itself included.

        Args:
            weights: (n2, n_sample).

        Returns:
            (n1, n_sample, n_bin), in the dtype of the weights.
        """
        points = self.positions if weights.dtype == jnp.float64 else self.coordinates
        cumulative = _reference.cumulative_sums(
            tuple(_in_blocks(p, rows) for p, rows in zip(points, self.rows, strict=True)),
            _in_blocks(weights, self.rows[1]),
            self.neighbours,
            jax.tree.map(lambda limit: jnp.asarray(limit, weights.dtype), self.limits),
            self.n_edges,
            self.is_projected,
        )
        flat = jax.lax.collapse(cumulative, 0, 2)[self.slots]
        sums = jnp.swapaxes(jnp.diff(flat, axis=-1), -1, -2)
        return sums.reshape(*sums.shape[:2], math.prod(sums.shape[2:]))

    def totals(self, first: jax.Array, second: jax.Array) -> jax.Array:
        """sum_i first_i S_i(second): (n1, n_sample), (n2, n_sample) -> (n_sample, n_bin)."""
        return _totals(self, first, second)

    def contracted(self, second: jax.Array, cotangent: jax.Array) -> jax.Array:
        """sum_bin c_bin S_i(second): (n2, n_sample), (n_sample, n_bin) -> (n1, n_sample)."""
        return _contracted(self, second, cotangent)


@jax.checkpoint
def _totals(plan: ReferencePlan, first: jax.Array, second: jax.Array) -> jax.Array:
    return tree_sum(first[..., None] * plan.per_point(second))


@jax.checkpoint
def _contracted(plan: ReferencePlan, second: jax.Array, cotangent: jax.Array) -> jax.Array:
    return jnp.sum(cotangent * plan.per_point(second), axis=-1)


def _in_blocks(values: jax.Array | np.ndarray, rows: np.ndarray) -> jax.Array:
    """Values (n, k) by block (n_block + 1, size, k), 0 in padding and in the last block."""
    padded = jnp.pad(jnp.asarray(values), ((0, 1), (0, 0)))
    return jnp.pad(padded[rows], ((0, 1), (0, 0), (0, 0)))
