"""The compiled engine: point sets laid out for it, and its three sums as calls of XLA."""

from typing import TYPE_CHECKING, NamedTuple, Self

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from halograd.errors import HalogradError
from halograd.pairs._box import Box
from halograd.pairs._native_library import TARGETS, library, sort_points
from halograd.pairs.backends import Backend
from halograd.pairs.geometry import CylinderBins, Geometry, ShellBins
from halograd.pairs.multipole import Multipole

if TYPE_CHECKING:
    from halograd.pairs._table_counts import TableCounts

# Points of the second set within reach along the line of sight in one column: fewer make
# overheads per column dominate, more waste work at the rims of the bins (docs/decisions.md).
_POINTS_IN_REACH = 300
_MOST_EDGES = 65535  # kMostEdges in native/src/problem.hpp
_POWERS = 3  # of mu^2, 0 to 2: kMostMoments in native/src/problem.hpp
_FINEST, _COARSEST = 16, 1  # columns in the largest separation; kMaxReach in native/src allows 20
_PER_POINT, _TOTALS, _CONTRACTED = range(3)  # enum class Sink in native/src/problem.hpp


class NativeBackend(Backend):
    """Compiled C++ on CPUs, for bins in cylinders or shells, and multipoles up to ell = 4."""

    name = "native"
    exact_float32_bins = True
    threads_keep_bits = True

    def missing(self) -> str | None:
        if library() is not None:
            return None
        return (
            "needs the compiled pair engine, which is not installed, or of another version: "
            "install a C++ compiler and reinstall halograd"
        )

    def runs_on(self, platform: str) -> bool:
        return platform == "cpu"

    def counts_in(self, geometry: Geometry) -> bool:
        """Whether pairs are counted in one of three forms, nothing of it redefined."""
        if isinstance(geometry, Multipole) and max(geometry.ells) >= 2 * _POWERS:
            return False
        return any(
            isinstance(geometry, form)
            and all(
                getattr(type(geometry), name) is getattr(form, name)
                for name in ("coordinates", "factor", "factor_parameters")
            )
            for form in (CylinderBins, ShellBins, Multipole)
        )

    def prepare(
        self,
        first: np.ndarray,
        second: np.ndarray,
        box: Box,
        geometry: Geometry,
        threads: int | None,
    ) -> "NativePlan":
        return NativePlan(first, second, box, geometry, threads)


class PointSet(NamedTuple):
    """Points in the order of their columns; see `sort_points`.

    Attributes:
        positions: (n, 3, 2), the words of float64, which JAX would round outside of x64 mode.
        rows: (n,)
        starts: (n_column + 1,)
    """

    positions: jax.Array
    rows: jax.Array
    starts: jax.Array


class Layout(NamedTuple):
    """Two point sets on one grid, and the bins; float64 as words.

    Attributes:
        first: The points around which is counted.
        second: The points counted.
        box: (6, 2), origin and sides.
        shape: (2,), columns across the sky.
        edges: (n1 + 1, 2)
        sight_edges: (n2 + 1, 2)
        polynomials: (n_order, n_power, 2), in mu^2, of which a pair counts with each in place of
            bins along the line of sight; (0, 1, 2) for plain counts.
    """

    first: PointSet
    second: PointSet
    box: jax.Array
    shape: jax.Array
    edges: jax.Array
    sight_edges: jax.Array
    polynomials: jax.Array

    @property
    def n_bin(self) -> int:
        """Number of bins in both coordinates, or of bins of separation for every polynomial."""
        n_second = self.polynomials.shape[0] or self.sight_edges.shape[0] - 1
        return (self.edges.shape[0] - 1) * n_second

    def swapped(self) -> "Layout":
        """The two sets in each other's place."""
        return self._replace(first=self.second, second=self.first)


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

    platforms = ("cpu",)

    def __init__(
        self,
        first: np.ndarray,
        second: np.ndarray,
        box: Box,
        geometry: Geometry,
        threads: int | None,
    ) -> None:
        if len(geometry.edges) > _MOST_EDGES:
            raise HalogradError(
                f"the native engine takes at most {_MOST_EDGES - 1} bins of separation, got "
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
            polynomials=_words(_polynomials(geometry)),
        )
        self.is_projected = isinstance(geometry, CylinderBins)
        self.threads = threads or 0

    @property
    def n_points(self) -> tuple[int, int]:
        """Numbers of points of the two sets."""
        return self.layout.first.rows.shape[0], self.layout.second.rows.shape[0]

    @property
    def n_bin(self) -> int:
        """Number of bins."""
        return self.layout.n_bin

    def per_point(self, second: jax.Array) -> jax.Array:
        """S_i = sum_j w_j [ij in bin]: (n2, n_sample) -> (n1, n_sample, n_bin)."""
        shape = self.n_points[0], second.shape[1], self.n_bin
        return self._call(_PER_POINT, shape, second)

    def totals(self, first: jax.Array, second: jax.Array) -> jax.Array:
        """sum_i first_i S_i(second): (n1, n_sample), (n2, n_sample) -> (n_sample, n_bin)."""
        return self._call(_TOTALS, (second.shape[1], self.n_bin), second, first=first)

    def contracted(self, second: jax.Array, cotangent: jax.Array) -> jax.Array:
        """sum_b c_b S_ib(second): (n2, n_sample), (n_sample, n_bin) -> (n1, n_sample)."""
        shape = self.n_points[0], second.shape[1]
        return self._call(_CONTRACTED, shape, second, cotangent=cotangent)

    def swapped(self) -> Self:
        """The plan with the two sets in each other's place."""
        return eqx.tree_at(lambda plan: plan.layout, self, self.layout.swapped())

    def table(
        self, nodes: np.ndarray, coefficients: np.ndarray, n_node: int
    ) -> "TableCounts | None":
        """Pair counts between nodes in one pass, where each point is spread over 1, 2 or 4."""
        from halograd.pairs._native_table import NODES_PER_POINT, NativeCounts

        if nodes.shape[1] not in NODES_PER_POINT or len(self.layout.polynomials):
            return None
        return NativeCounts(self, nodes, coefficients, n_node)

    def _call(
        self,
        sink: int,
        shape: tuple[int, ...],
        second: jax.Array,
        first: jax.Array | None = None,
        cotangent: jax.Array | None = None,
    ) -> jax.Array:
        if library() is None:  # which also makes it known to XLA, in a process that unpickled this
            raise HalogradError(
                "these pairs were prepared by the compiled engine, which is not installed here: "
                "install it as where they were made, or make them with backend='reference'"
            )
        layout, dtype = self.layout, second.dtype
        unused = jnp.zeros((0, 0), dtype)
        call = jax.ffi.ffi_call(TARGETS[str(dtype)], jax.ShapeDtypeStruct(shape, dtype))
        return call(
            layout.first.positions,
            layout.first.rows,
            layout.second.positions,
            layout.second.rows,
            layout.second.starts,
            layout.box,
            layout.shape,
            layout.edges,
            layout.sight_edges,
            layout.polynomials,
            unused if first is None else first,
            second,
            unused if cotangent is None else cotangent,
            sink=np.int32(sink),
            is_projected=self.is_projected,
            threads=np.int64(self.threads),
        )


def _polynomials(geometry: Geometry) -> np.ndarray:
    """The polynomials of μ² that pairs count with; one power for plain counts."""
    if not isinstance(geometry, Multipole):
        return np.zeros((0, 1))
    found = geometry.polynomials
    if found.shape[1] == 1:  # monopoles alone
        return found
    return np.pad(found, ((0, 0), (0, _POWERS - found.shape[1])))


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
