"""What the pair objects of two point sets share."""

from typing import ClassVar

import equinox as eqx
import jax
import numpy as np
from jax.typing import ArrayLike

from halograd.errors import HalogradError
from halograd.pairs._adjoint import between_count, keeps_sums
from halograd.pairs._columns import as_columns
from halograd.pairs._geometry import Geometry
from halograd.pairs._options import PairOptions
from halograd.pairs._plan import Plan, prepare


class CrossPairs(eqx.Module):
    """Pairs between two point sets, prepared for weights.

    Attributes:
        boxsize: Sides of the box. (3,), comoving Mpc/h, or None for points in open space.
        n_points: Numbers of points of the two sets.
        periodic: Along which axes the box repeats.
        line_of_sight: The axis along which pi and mu are measured.
        backend: The engine in use, "native" or "reference".
        memory: What reverse mode keeps, "auto", "keep" or "recompute".
    """

    plan: Plan
    geometry: Geometry
    boxsize: np.ndarray | None
    n_points: tuple[int, int] = eqx.field(static=True)
    periodic: tuple[bool, bool, bool] = eqx.field(static=True)
    line_of_sight: int = eqx.field(static=True)
    backend: str = eqx.field(static=True)
    memory: str = eqx.field(static=True)

    _n_bin_axes: ClassVar[int]

    def __init__(
        self,
        positions1: ArrayLike,
        positions2: ArrayLike,
        boxsize: ArrayLike | None,
        geometry: Geometry,
        options: PairOptions,
    ) -> None:
        ready = prepare(positions1, positions2, boxsize, geometry, options)
        self.plan, self.geometry, self.boxsize = ready.plan, geometry, ready.boxsize
        self.n_points = ready.n_points
        self.periodic = ready.options.periodic
        self.line_of_sight = ready.options.line_of_sight
        self.backend, self.memory = ready.options.backend, ready.options.memory

    @property
    def _bins(self) -> tuple[int, ...]:
        return self.geometry.shape[: self._n_bin_axes]

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
        keep = keeps_sums(self.memory, first, self.geometry.n_bin)
        counts = restore(between_count(first, second, plan=self.plan, keep=keep))
        return counts.reshape(*counts.shape[:-1], *self._bins)

    def per_point(self, weights2: ArrayLike) -> jax.Array:
        """Weighted neighbours of each point of the first set in the second.

        Args:
            weights2: (n2,) or (n2, n_sample).

        Returns:
            (n1, *bins), or (n1, n_sample, *bins).
        """
        columns, _ = as_columns("weights2", weights2, self.n_points[1])
        sums = self.plan.per_point(columns)
        sums = sums.reshape(*sums.shape[:2], *self._bins)
        return sums[:, 0] if np.ndim(weights2) == 1 else sums
