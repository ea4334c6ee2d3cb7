"""Pairs of points prepared for weights, in any geometry and with any engine."""

from collections.abc import Callable
from typing import Any, Unpack

import equinox as eqx
import jax
import numpy as np
from jax.typing import ArrayLike

from halograd._arrays import float_array, real_array, weight_array
from halograd._sealed import digest
from halograd._summation import tree_sum
from halograd.errors import HalogradError
from halograd.pairs import backends
from halograd.pairs._box import (
    check_reach,
    check_scale,
    checked_positions,
    checked_sides,
    effective_box,
)
from halograd.pairs._derivatives import PairSums, count, keeps_sums
from halograd.pairs._options import PairOptions, check_names, checked_options
from halograd.pairs.geometry import Geometry


class Pairs(eqx.Module):
    """Pairs of a first set of points with a second, or of one set with itself.

    What `AutoPairs` and `CrossPairs` share; the geometry is all that tells their kinds apart.

    Args:
        geometry: The bins.
        first: (n1, 3), comoving Mpc/h.
        second: (n2, 3), or None for the pairs within the first set.
        boxsize: Side of the box, comoving Mpc/h, or (3,) sides; None only with periodic=False.
        options: As `PairOptions` says.

    Attributes:
        plan: The sums over pairs, as the engine prepared them.
        geometry: The bins, whose edges are attributes of the pairs too.
        boxsize: Sides of the box. (3,), comoving Mpc/h, or None for points in open space.
        n_points: Number of points, or the two numbers of two sets.
        periodic: Along which axes the box repeats.
        line_of_sight: The axis along which pi and mu are measured.
        backend: Name of the engine in use, such as "native" or "reference".
        memory: What reverse mode keeps, "auto", "keep" or "recompute".
        fingerprint: SHA-256 of the positions of one set, to tell point sets apart. (8,), uint32,
            or None for two sets
    """

    plan: PairSums
    geometry: Geometry
    boxsize: np.ndarray | None
    n_points: int | tuple[int, int] = eqx.field(static=True)
    periodic: tuple[bool, bool, bool] = eqx.field(static=True)
    line_of_sight: int = eqx.field(static=True)
    backend: str = eqx.field(static=True)
    memory: str = eqx.field(static=True)
    fingerprint: np.ndarray | None

    def __init__(
        self,
        geometry: Geometry,
        first: ArrayLike,
        second: ArrayLike | None = None,
        *,
        boxsize: ArrayLike | None,
        **options: Unpack[PairOptions],
    ) -> None:
        backends.check_process()
        check_names(options)
        checked = checked_options(**options)
        engine = backends.choose(checked.backend, geometry, backends.platform_of(first, second))
        first = real_array("positions", first, unit="comoving Mpc/h")
        sides = checked_sides(boxsize, checked.periodic)
        axes, flags = checked.axes, [checked.periodic[axis] for axis in checked.axes]
        turned = None if sides is None else sides[axes]
        if turned is not None:
            check_reach(geometry, turned, flags)
        points = checked_positions(first, sides, checked.periodic)[:, axes]
        others = points
        if second is not None:
            others = checked_positions(second, sides, checked.periodic)[:, axes]
        box = effective_box((points, others), turned, flags, geometry.reach)
        check_scale(geometry, box)
        plan = engine.prepare(points, others, box, geometry, checked.threads)
        self.plan = PairSums(plan, second is None, geometry.of_zero_separation)
        self.geometry, self.boxsize = geometry, sides
        self.n_points = len(points) if second is None else (len(points), len(others))
        self.periodic, self.line_of_sight = checked.periodic, checked.line_of_sight
        self.backend, self.memory = engine.name, checked.memory
        self.fingerprint = _fingerprint(first) if second is None else None

    def __getattr__(self, name: str) -> Any:
        """Edges by the names the geometry gives them, such as rp_edges."""
        geometry = self.__dict__.get("geometry")
        if geometry is not None and name in geometry.edge_names:
            return getattr(geometry, name)
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self.geometry.edge_names]

    @property
    def is_between_sets(self) -> bool:
        """Whether the pairs lie between two sets of points, rather than within one."""
        return isinstance(self.n_points, tuple)

    def counts(self, first: ArrayLike, second: ArrayLike | None = None) -> jax.Array:
        """Weighted pair counts of one sample with itself, or of two.

        Args:
            first: (n1,) or (n1, n_sample).
            second: (n2,) or (n2, n_sample), of the second set if there are two; None for pairs
                within the first sample.

        Returns:
            (*bins), or (n_sample, *bins).
        """
        raise NotImplementedError

    def distinct_pairs(self, first: jax.Array, second: jax.Array) -> tuple[jax.Array, jax.Array]:
        """Weighted number of ordered pairs of distinct points, and of all pairs.

        Args:
            first: (n1, ...).
            second: (n2, ...); the first again for pairs within one sample.

        Returns:
            (...) and (...)
        """
        raise NotImplementedError

    def per_point(self, weights: ArrayLike) -> jax.Array:
        """S_i = sum_j w_j [ij in bin], the weighted number of neighbours of each point.

        Within one set, no point is its own neighbour; of two sets, these are the neighbours in
        the second of each point of the first. Right also where w_i = 0.

        Args:
            weights: (n,) or (n, n_sample); of two sets, those of the second.

        Returns:
            (n, *bins), or (n, n_sample, *bins); of two sets, for each point of the first.
        """
        name, n = (
            ("weights2", self.n_points[1]) if self.is_between_sets else ("weights", self.n_points)
        )
        columns, _ = as_columns(name, weights, n)
        sums = self.geometry.arranged(self.plan.per_point(columns))
        return sums[:, 0] if np.ndim(weights) == 1 else sums

    def _count(self, columns: tuple[jax.Array, ...], n_kept: int) -> jax.Array:
        """The counts of one or two samples: (n, n_sample) each -> (n_sample, *bins)."""
        keep = keeps_sums(self.memory, columns[0], n_kept * self.geometry.n_bin)
        return self.geometry.arranged(count(columns, sums=self.plan, keep=keep))


class AutoPairs(Pairs):
    """Pairs of one point set, prepared for weights; attributes are those of `Pairs`."""

    def __call__(self, weights: ArrayLike) -> jax.Array:
        """Weighted pair counts DD, eq. (4).

        Args:
            weights: (n,), or (n, n_sample) for several samples in one pass.

        Returns:
            (*bins), or (n_sample, *bins).
        """
        columns, restore = as_columns("weights", weights, self.n_points)
        return restore(self._count((columns,), n_kept=1))

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
        return restore(self._count((first, second), n_kept=2))

    def counts(self, first: ArrayLike, second: ArrayLike | None = None) -> jax.Array:
        """Weighted pair counts of one sample with itself, or of two samples; see `Pairs`."""
        return self(first) if second is None else self.cross(first, second)

    def distinct_pairs(self, first: jax.Array, second: jax.Array) -> tuple[jax.Array, jax.Array]:
        """W1 W2 - sum_i w1_i w2_i pairs of distinct points, and all W1 W2."""
        every = self.total(first) * self.total(second)
        return every - self.overlap(first, second), every

    def total(self, weights: ArrayLike) -> jax.Array:
        """W = sum_i w_i of each sample: (n, ...) -> (...)."""
        return tree_sum(float_array("weights", weights))

    def overlap(self, weights1: ArrayLike, weights2: ArrayLike) -> jax.Array:
        """sum_i w1_i w2_i, the pairs of each point with itself: twice (n, ...) -> (...)."""
        first, second = float_array("weights1", weights1), float_array("weights2", weights2)
        return tree_sum(first * second)


class CrossPairs(Pairs):
    """Pairs between two point sets, prepared for weights; attributes are those of `Pairs`."""

    def __call__(self, weights1: ArrayLike, weights2: ArrayLike) -> jax.Array:
        """Weighted pair counts sum_ij w1_i w2_j [ij in bin].

        Args:
            weights1: (n1,), or (n1, n_sample) for several samples in one pass.
            weights2: (n2,), or (n2, n_sample), likewise.

        Returns:
            (*bins), or (n_sample, *bins).
        """
        first, restore = as_columns("weights1", weights1, self.n_points[0])
        second, _ = as_columns("weights2", weights2, self.n_points[1])
        if np.shape(weights1)[1:] != np.shape(weights2)[1:]:
            raise HalogradError(
                "weights1 and weights2 must have the same number of samples, got shapes "
                f"{np.shape(weights1)} and {np.shape(weights2)}"
            )
        return restore(self._count((first, second), n_kept=1))

    def per_point(self, weights2: ArrayLike) -> jax.Array:
        """Weighted neighbours of each point of the first set in the second.

        Args:
            weights2: (n2,) or (n2, n_sample).

        Returns:
            (n1, *bins), or (n1, n_sample, *bins).
        """
        return super().per_point(weights2)

    def counts(self, first: ArrayLike, second: ArrayLike | None = None) -> jax.Array:
        """Weighted pair counts between the two sets, which need the weights of both."""
        if second is None:
            raise HalogradError(
                f"{type(self).__name__} lie between two point sets: give the weights of the "
                "second as cross_with"
            )
        return self(first, second)

    def distinct_pairs(self, first: jax.Array, second: jax.Array) -> tuple[jax.Array, jax.Array]:
        """W1 W2, twice, since every pair is of two distinct points."""
        every = tree_sum(first) * tree_sum(second)
        return every, every


def as_columns(
    name: str, weights: ArrayLike, n_points: int
) -> tuple[jax.Array, Callable[[jax.Array], jax.Array]]:
    """Weights as (n, n_sample) float32 or float64, and what undoes the added axis on a result."""
    backends.check_process()
    weights = weight_array(name, weights)
    if len(weights) != n_points:
        raise HalogradError(
            f"{name} must have shape ({n_points},) or ({n_points}, n_sample), one row per point, "
            f"got {weights.shape}"
        )
    if weights.ndim == 2:
        return weights, lambda counts: counts
    return weights[:, None], lambda counts: counts[0]


def _fingerprint(positions: ArrayLike) -> np.ndarray:
    points = {"positions": np.asarray(positions, np.float64)}
    return np.frombuffer(bytes.fromhex(digest(points)), np.uint32)
