"""The pairs between two point sets, prepared for the compiled engine."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from halograd.errors import HalogradError
from halograd.pairs import _native_sums
from halograd.pairs._box import Box
from halograd.pairs._geometry import Geometry
from halograd.pairs._native_library import library, sort_points
from halograd.pairs._native_sums import Layout, PointSet

# Points of the second set within reach along the line of sight in one column: fewer make
# overheads per column dominate, more waste work at the rims of the bins (docs/decisions.md).
_POINTS_IN_REACH = 300
_MAX_EDGES = 64  # kMaxEdges in native/src
_FINEST, _COARSEST = 16, 1  # columns in the largest separation; kMaxReach in native/src allows 20


def available() -> bool:
    """Whether the compiled engine was built, and loads."""
    return library() is not None


class NativePlan(eqx.Module):
    """The plan of the compiled engine; a pytree of arrays, fit for `jax.jit`.

    Args:
        first: (n1, 3), float64, comoving Mpc/h, line of sight third.
        second: (n2, 3).
        box: Effective box, periodic along every axis.
        geometry: The bins.
        threads: How many threads, or None for all of XLA's.
    """

    layout: Layout
    is_projected: bool = eqx.field(static=True)
    threads: int = eqx.field(static=True)

    def __init__(
        self,
        first: np.ndarray,
        second: np.ndarray,
        box: Box,
        geometry: Geometry,
        threads: int | None,
    ) -> None:
        if len(geometry.edges) > _MAX_EDGES:
            raise HalogradError(
                f"the native engine takes at most {_MAX_EDGES - 1} bins of separation, got "
                f"{len(geometry.edges) - 1}: use fewer, or backend='reference'"
            )
        shape = _columns_across(len(second), box, geometry)
        around = _point_set(first, box, shape)
        self.layout = Layout(
            first=around,
            second=around if second is first else _point_set(second, box, shape),
            box=_words(np.stack([box.origin, box.sides])),
            shape=jnp.asarray(shape),
            edges=_words(geometry.edges),
            sight_edges=_words(geometry.line_of_sight_edges),
        )
        self.is_projected = geometry.is_projected
        self.threads = threads or 0

    def per_point(self, weights: jax.Array) -> jax.Array:
        """S_i = sum_j w_j [ij in bin], for every point of the first set, itself included.

        Args:
            weights: (n2, n_sample).

        Returns:
            (n1, n_sample, n_bin), in the dtype of the weights.
        """
        return _native_sums.per_point(self.layout, weights, **self._settings)

    def totals(self, first: jax.Array, second: jax.Array) -> jax.Array:
        """sum_i first_i S_i(second): (n1, n_sample), (n2, n_sample) -> (n_sample, n_bin)."""
        return _native_sums.totals(self.layout, first, second, **self._settings)

    def contracted(self, second: jax.Array, cotangent: jax.Array) -> jax.Array:
        """sum_bin c_bin S_i(second): (n2, n_sample), (n_sample, n_bin) -> (n1, n_sample)."""
        return _native_sums.contracted(self.layout, second, cotangent, **self._settings)

    @property
    def _settings(self) -> dict[str, bool | int]:
        return {"is_projected": self.is_projected, "threads": self.threads}


def _columns_across(n_second: int, box: Box, geometry: Geometry) -> np.ndarray:
    """Number of columns along x and y, (2,): never many more than there are points."""
    reach = geometry.edges[-1]
    depth = min(2 * geometry.reach[2], box.sides[2])
    per_area = max(n_second, 1) / np.prod(box.sides[:2])
    best = np.sqrt(_POINTS_IN_REACH / (per_area * depth / box.sides[2]))
    width = np.clip(best, reach / _FINEST, reach / _COARSEST)
    width = max(width, 1 / np.sqrt(per_area))
    return np.clip(box.sides[:2] / width, 1, 2**14).astype(np.int32)


def _point_set(positions: np.ndarray, box: Box, shape: np.ndarray) -> PointSet:
    ordered, rows, starts = sort_points(positions, box.origin, box.sides, shape)
    return PointSet(_words(ordered), jnp.asarray(rows), jnp.asarray(starts))


def _words(values: np.ndarray) -> jax.Array:
    """float64 values (...,) as their 32-bit words (..., 2)."""
    values = np.ascontiguousarray(values, np.float64)
    return jnp.asarray(values.view(np.uint32).reshape(*values.shape, 2))
