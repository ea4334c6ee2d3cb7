"""What the pair objects of one point set share."""

from typing import ClassVar

import equinox as eqx
import jax
import numpy as np
from jax.typing import ArrayLike

from halograd._arrays import float_array, real_array
from halograd._sealed import digest
from halograd._summation import tree_sum
from halograd.errors import HalogradError
from halograd.pairs._adjoint import auto_count, cross_count, keeps_sums
from halograd.pairs._columns import as_columns
from halograd.pairs._geometry import Geometry
from halograd.pairs._options import PairOptions
from halograd.pairs._plan import prepare
from halograd.pairs._without_self import WithoutSelf


class AutoPairs(eqx.Module):
    """Pairs of one point set, prepared for weights.

    Attributes:
        boxsize: Sides of the box. (3,), comoving Mpc/h, or None for points in open space.
        n_points: Number of points.
        periodic: Along which axes the box repeats.
        line_of_sight: The axis along which pi and mu are measured.
        backend: The engine in use, "native" or "reference".
        memory: What reverse mode keeps, "auto", "keep" or "recompute".
        fingerprint: SHA-256 of the positions, to tell point sets apart. (8,), uint32
    """

    plan: WithoutSelf
    geometry: Geometry
    boxsize: np.ndarray | None
    n_points: int = eqx.field(static=True)
    periodic: tuple[bool, bool, bool] = eqx.field(static=True)
    line_of_sight: int = eqx.field(static=True)
    backend: str = eqx.field(static=True)
    memory: str = eqx.field(static=True)
    fingerprint: np.ndarray

    _n_bin_axes: ClassVar[int]

    def __init__(
        self,
        positions: ArrayLike,
        boxsize: ArrayLike | None,
        geometry: Geometry,
        options: PairOptions,
    ) -> None:
        positions = real_array("positions", positions, unit="comoving Mpc/h")
        ready = prepare(positions, None, boxsize, geometry, options)
        self.plan = WithoutSelf(ready.plan, geometry.holds_zero_separation)
        self.geometry, self.boxsize = geometry, ready.boxsize
        self.n_points = ready.n_points[0]
        self.periodic = ready.options.periodic
        self.line_of_sight = ready.options.line_of_sight
        self.backend, self.memory = ready.options.backend, ready.options.memory
        points = {"positions": np.asarray(positions, np.float64)}
        self.fingerprint = np.frombuffer(bytes.fromhex(digest(points)), np.uint32)

    @property
    def _bins(self) -> tuple[int, ...]:
        return self.geometry.shape[: self._n_bin_axes]

    def __call__(self, weights: ArrayLike) -> jax.Array:
        """Weighted pair counts DD, eq. (4).

        Args:
            weights: (n,), or (n, n_sample) for several samples in one pass.

        Returns:
            (*bins), or (n_sample, *bins).
        """
        columns, restore = as_columns("weights", weights, self.n_points)
        keep = keeps_sums(self.memory, columns, self.geometry.n_bin)
        counts = auto_count(columns, plan=self.plan, keep=keep)
        return restore(counts.reshape(len(counts), *self._bins))

    def cross(self, weights1: ArrayLike, weights2: ArrayLike) -> jax.Array:
        """Cross counts sum_{i != j} w1_i w2_j [ij in bin] of two samples of the same points.

        Args:
            weights1: (n,) or (n, n_sample).
            weights2: The same shape.

        Returns:
            (*bins), or (n_sample, *bins).
        """
        first, restore = as_columns("weights1", weights1, self.n_points)
        second, _ = as_columns("weights2", weights2, self.n_points)
        if np.shape(weights1) != np.shape(weights2):
            raise HalogradError(
                "weights1 and weights2 must have the same shape, got "
                f"{np.shape(weights1)} and {np.shape(weights2)}"
            )
        keep = keeps_sums(self.memory, first, 2 * self.geometry.n_bin)
        counts = cross_count(first, second, plan=self.plan, keep=keep)
        return restore(counts.reshape(len(counts), *self._bins))

    def total(self, weights: ArrayLike) -> jax.Array:
        """W = sum_i w_i of each sample: (n, ...) -> (...)."""
        return tree_sum(float_array("weights", weights))

    def overlap(self, weights1: ArrayLike, weights2: ArrayLike) -> jax.Array:
        """sum_i w1_i w2_i, the pairs of each point with itself: twice (n, ...) -> (...)."""
        first, second = float_array("weights1", weights1), float_array("weights2", weights2)
        return tree_sum(first * second)

    def per_point(self, weights: ArrayLike) -> jax.Array:
        """S_i = sum_{j != i} w_j [ij in bin], the weighted number of neighbours of each point.

        Args:
            weights: (n,) or (n, n_sample).

        Returns:
            (n, *bins), or (n, n_sample, *bins). Right also where w_i = 0.
        """
        columns, _ = as_columns("weights", weights, self.n_points)
        sums = self.plan.per_point(columns).reshape(*columns.shape, *self._bins)
        return sums[:, 0] if np.ndim(weights) == 1 else sums
