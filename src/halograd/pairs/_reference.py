"""The engine in plain JAX: blocked, compiled once, on any device, in any geometry."""

import math
from functools import partial
from typing import Self

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from halograd.pairs import _blocks
from halograd.pairs._box import Box, fixed_point, separations
from halograd.pairs.backends import Backend, SumsAroundPoints
from halograd.pairs.geometry import Geometry

# Small blocks waste few candidate pairs, large ones amortise the loop; these were the fastest
# of the sizes 16 to 256 on a 2-core machine (docs/decisions.md).
_FIRST_SIZE, _SECOND_SIZE = 16, 64


class ReferenceBackend(Backend):
    """Plain JAX on any device, in any geometry, several times slower than the native engine."""

    name = "reference"
    threads_keep_bits = True  # it has none of its own

    def prepare(
        self,
        first: np.ndarray,
        second: np.ndarray,
        box: Box,
        geometry: Geometry,
        threads: int | None,
    ) -> "ReferencePlan":
        return ReferencePlan(first, second, box, geometry)


class _Side(eqx.Module):
    """One of the two point sets, in blocks.

    Attributes:
        positions: (n, 3), float64, comoving Mpc/h.
        coordinates: (n, 3), int32, of `fixed_point`.
        rows: (n_block, size), the point each slot holds; n marks padding.
        slots: (n,), the flat slot of each point.
    """

    positions: np.ndarray
    coordinates: np.ndarray
    rows: np.ndarray
    slots: np.ndarray

    def in_blocks(self, values: jax.Array | np.ndarray) -> jax.Array:
        """Values (n, k) by block (n_block + 1, size, k), 0 in padding and in the last block."""
        padded = jnp.pad(jnp.asarray(values), ((0, 1), (0, 0)))
        return jnp.pad(padded[self.rows], ((0, 1), (0, 0), (0, 0)))

    def points(self, dtype: jnp.dtype) -> jax.Array:
        """Coordinates by block, for weights of this precision."""
        return self.in_blocks(self.positions if dtype == jnp.float64 else self.coordinates)


class ReferencePlan(SumsAroundPoints):
    """The plan of the reference engine; a pytree of arrays, fit for `jax.jit`.

    Args:
        first: (n1, 3), float64, comoving Mpc/h, line of sight third.
        second: (n2, 3).
        box: Effective box, periodic along every axis.
        geometry: The bins.

    Attributes:
        neighbours: (n_step, step) block indices of the two sets, per group of block pairs that
            need the same number of outermost edges.
        n_edges: That number, per group.
        edges: (n1 + 1,), of the separation, comoving Mpc/h.
        factor_parameters: What `Geometry.factor` needs, each (n2, ...).
        geometry: The class of the bins, which has the functions of a pair.
    """

    first: _Side
    second: _Side
    neighbours: tuple[tuple[np.ndarray, np.ndarray], ...]
    boxsize: np.ndarray
    edges: np.ndarray
    factor_parameters: tuple[np.ndarray, ...]
    n_edges: tuple[int, ...] = eqx.field(static=True)
    geometry: type[Geometry] = eqx.field(static=True)
    is_one_set: bool = eqx.field(static=True)

    def __init__(self, first: np.ndarray, second: np.ndarray, box: Box, geometry: Geometry) -> None:
        blocks = (
            _blocks.pack(first, box.sides, geometry.reach, _FIRST_SIZE),
            _blocks.pack(second, box.sides, geometry.reach, _SECOND_SIZE),
        )
        groups = _blocks.find_neighbours(*blocks, box.sides, geometry)
        self.first, self.second = (
            _Side(points, fixed_point(points, box), of_points.rows, of_points.slots)
            for points, of_points in zip((first, second), blocks, strict=True)
        )
        self.neighbours = tuple((group.first, group.second) for group in groups)
        self.n_edges = tuple(group.n_edge for group in groups)
        self.boxsize, self.edges = box.sides, geometry.edges
        self.factor_parameters = geometry.factor_parameters()
        self.geometry, self.is_one_set = type(geometry), second is first

    @property
    def n_points(self) -> tuple[int, int]:
        """Numbers of points of the two sets."""
        return self.first.slots.shape[0], self.second.slots.shape[0]

    @property
    def n_bin(self) -> int:
        """Number of bins."""
        return (self.edges.shape[0] - 1) * self.factor_parameters[0].shape[0]

    def per_point(self, second: jax.Array) -> jax.Array:
        """S_i = sum_j w_j [ij in bin]: (n2, n_sample) -> (n1, n_sample, n_bin)."""
        flat = jax.lax.collapse(_cumulative_sums(self, second), 2, 4)[:, :, self.first.slots]
        sums = jnp.diff(flat, axis=1).transpose(2, 3, 1, 0)
        return sums.reshape(*sums.shape[:2], math.prod(sums.shape[2:]))

    def per_point_transpose(self, cotangent: jax.Array) -> jax.Array:
        """sum_ib c_ib [ij in b], in one pass: (n1, n_sample, n_bin) -> (n2, n_sample)."""
        like = jnp.zeros((self.n_points[1], cotangent.shape[1]), cotangent.dtype)
        like = like + jnp.sum(cotangent[:0])  # varies over devices as the cotangent does
        return jax.linear_transpose(self.per_point, like)(cotangent)[0]

    def swapped(self) -> Self:
        """The plan with the two sets in each other's place."""
        if self.is_one_set:
            return self
        turned = tuple((j, i) for i, j in self.neighbours)
        return eqx.tree_at(
            lambda plan: (plan.first, plan.second, plan.neighbours),
            self,
            (self.second, self.first, turned),
        )


def _cumulative_sums(plan: ReferencePlan, weights: jax.Array) -> jax.Array:
    """C_i^s(k, e) = sum_j w_j^s [r_ij < e] f_k(ij) for every edge e and second bin k.

    Args:
        plan: The pairs.
        weights: (n2, n_sample).

    Returns:
        (n2_bin, n1_bin + 1, n_block + 1, size, n_sample), of the first set.
    """
    dtype = weights.dtype
    first, second = plan.first.points(dtype), plan.second.points(dtype)
    weights = plan.second.in_blocks(weights)
    boxsize, edges = jnp.asarray(plan.boxsize, dtype), jnp.asarray(plan.edges, dtype)
    parameters = tuple(jnp.asarray(each, dtype) for each in plan.factor_parameters)

    # Without rematerialisation, a transpose would store every mask of the loop.
    @partial(jax.checkpoint, static_argnums=(0,))
    def step_sums(n_edge: int, i: jax.Array, j: jax.Array, weights: jax.Array) -> jax.Array:
        squared, along = plan.geometry.coordinates(separations(first[i], second[j], boxsize))
        of_second = weights[j]

        def in_second_bin(of_bin: tuple[jax.Array, ...]) -> jax.Array:
            factor, separation = plan.geometry.factor(along, *of_bin), squared
            if factor.dtype == bool:  # pairs outside lie beyond every edge: one mask serves both
                factor, separation = 1, jnp.where(factor, squared, jnp.inf)

            def below(edge: jax.Array) -> jax.Array:
                mask = jnp.where(separation < edge**2, factor, 0).astype(dtype)
                return _product(mask, of_second)

            return jax.lax.map(below, edges[-n_edge:])

        return jax.lax.map(in_second_bin, parameters)  # (n2_bin, n_edge, step, n, n_sample)

    shape = len(parameters[0]), len(edges), *first.shape[:2], weights.shape[-1]
    total = jnp.zeros(shape, dtype) + jnp.sum(weights[:0])  # varies over devices as they do
    for n_edge, blocks in zip(plan.n_edges, plan.neighbours, strict=True):

        def step(
            total: jax.Array, ij: tuple[jax.Array, jax.Array], n_edge: int = n_edge
        ) -> tuple[jax.Array, None]:
            i, j = ij
            return total.at[:, -n_edge:, i].add(step_sums(n_edge, i, j, weights)), None

        total, _ = jax.lax.scan(step, total, blocks)
    return total


def _product(mask: jax.Array, weights: jax.Array) -> jax.Array:
    """(step, n, m) mask times (step, m, n_sample) weights, in full precision on any device."""
    return jnp.einsum("cij,cjs->cis", mask, weights, precision=jax.lax.Precision.HIGHEST)
