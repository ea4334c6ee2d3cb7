"""Pair counts between nodes by the compiled engine, some of the points at a time."""

import ctypes
import weakref

import jax
import numpy as np
from numpy.typing import ArrayLike

from halograd.errors import HalogradError
from halograd.pairs._native import NativePlan
from halograd.pairs._native_library import address, library

NODES_PER_POINT = (1, 2, 4)
_FIRST_PORTION = 4096  # points; too few leave threads idle
_PORTION_SECONDS = 0.5  # how long progress and Ctrl-C may wait
_MAX_SCRATCH = 2**31  # bytes of one thread's sums around a point, which int32 counts


class NativeTable:
    r"""Pair counts between nodes that the points of one set are spread over,

    $$ T_{kac} = \sum_{i \neq j} h_{ia} h_{jc} [ij \in k]. $$

    Every pair is met from one of its points only, so that T is one half plus its transpose:

        half = np.zeros(table.shape)
        for begin, end in portions:
            table.add(begin, end, half)
        counts = table.whole(half)

    The bits of `half` depend neither on the number of threads nor on where the points are divided,
    as long as they are added in ascending order. Bins are those of float64 arithmetic, and sums are
    float64.

    Attributes:
        n_points: Number of points.
        shape: (n_bin, n_node, n_node), of the counts.

    Args:
        plan: The pairs of the set with itself.
        nodes: (n, m), m being 1, 2 or 4, in the order of the catalogue; a point may name a node
            twice. Time and memory grow with the number of different rows.
        coefficients: (n, m), h.
        n_node: Number of nodes.
        threads: How many threads, or None for as many as there are cores.
    """

    def __init__(
        self,
        plan: NativePlan,
        nodes: ArrayLike,
        coefficients: ArrayLike,
        n_node: int,
        threads: int | None = None,
    ) -> None:
        layout = plan.layout
        rows = np.asarray(layout.first.rows)
        nodes, coefficients = _checked(nodes, coefficients, n_node, len(rows))
        self.n_points, self.shape = len(rows), (layout.n_bin, n_node, n_node)
        place_nodes, place = _places(nodes, n_node)
        _check_scratch(layout.edges, layout.sight_edges, place_nodes)
        self._arrays = (  # which the engine goes on reading
            *(_doubles(layout.first.positions), rows, np.asarray(layout.first.starts)),
            *(_doubles(layout.box), np.asarray(layout.shape)),
            *(_doubles(layout.edges), _doubles(layout.sight_edges)),
            *(place_nodes, place[rows], coefficients[rows]),
        )
        sizes = (
            *(self.n_points, len(layout.edges), len(layout.sight_edges), plan.is_projected),
            *(nodes.shape[1], len(place_nodes), n_node, threads or 0),
        )
        self._handle = ctypes.c_void_p(
            library().halograd_table_new(*map(address, self._arrays), *map(ctypes.c_int64, sizes))
        )
        if not self._handle:
            raise MemoryError(f"no memory to lay out {self.n_points} points for a table")
        weakref.finalize(self, library().halograd_table_free, self._handle)

    def add(self, begin: int, end: int, half: np.ndarray) -> None:
        """Add the pairs met from the points [begin, end) of the engine's own order.

        Runs without Python's lock; an interrupt acts after it.

        Args:
            begin: From 0.
            end: To `n_points`.
            half: (n_bin, n_node, n_node), float64, C-contiguous; changed in place.
        """
        if not 0 <= begin <= end <= self.n_points:
            raise HalogradError(
                f"points [begin, end) must lie within [0, {self.n_points}), got [{begin}, {end})"
            )
        if half.shape != self.shape or half.dtype != np.float64 or not half.flags.carray:
            raise HalogradError(
                f"half must be a writable C-contiguous float64 array of shape {self.shape}, got "
                f"{half.dtype} of shape {half.shape}: start from np.zeros(table.shape)"
            )
        span = ctypes.c_int64(begin), ctypes.c_int64(end)
        if library().halograd_table_add(self._handle, *span, address(half)):
            raise MemoryError(f"no memory to count pairs between {self.shape[1]} nodes")

    @staticmethod
    def whole(half: np.ndarray) -> np.ndarray:
        """T, (n_bin, n_node, n_node): every pair in both orders."""
        return half + half.transpose(0, 2, 1)


class NativeCounts:
    """One pass of the compiled engine over all pairs; a step is a point."""

    def __init__(
        self, plan: NativePlan, nodes: ArrayLike, coefficients: ArrayLike, n_node: int
    ) -> None:
        self._table = NativeTable(plan, nodes, coefficients, n_node, plan.threads or None)
        self.n_step, self.shape = self._table.n_points, self._table.shape
        self.add, self.whole = self._table.add, self._table.whole

    def portion(self, seconds: float | None, steps: int) -> int:
        """Points that take about half a second, judged by the portion before."""
        if seconds is None:
            return _FIRST_PORTION
        return max(1024, int(steps * min(4.0, _PORTION_SECONDS / max(seconds, 1e-3))))


def _checked(
    nodes: ArrayLike, coefficients: ArrayLike, n_node: int, n_points: int
) -> tuple[np.ndarray, np.ndarray]:
    nodes, coefficients = np.asarray(nodes), np.asarray(coefficients, np.float64)
    if nodes.shape != coefficients.shape or nodes.ndim != 2 or len(nodes) != n_points:
        raise HalogradError(
            f"nodes and coefficients must both be ({n_points}, m), got {nodes.shape} and "
            f"{coefficients.shape}"
        )
    if nodes.shape[1] not in NODES_PER_POINT:
        raise HalogradError(
            f"the native engine spreads points over {NODES_PER_POINT} nodes, got "
            f"{nodes.shape[1]}: pad with coefficients 0"
        )
    if n_node < 1:
        raise HalogradError(f"n_node must be at least 1, got {n_node}")
    if nodes.size and not (nodes.min() >= 0 and nodes.max() < n_node):
        raise HalogradError(
            f"nodes must lie within [0, {n_node}), got {nodes.min()} to {nodes.max()}"
        )
    if not np.isfinite(coefficients).all():
        raise HalogradError("coefficients must be finite, got NaN or infinity")
    return nodes.astype(np.int64), coefficients


def _places(nodes: np.ndarray, n_node: int) -> tuple[np.ndarray, np.ndarray]:
    """The different rows of `nodes` (n_place, m), and which of them is each point's (n,)."""
    packed = np.zeros(len(nodes), np.int64)
    for column in nodes.T:
        _, packed = np.unique(packed * n_node + column, return_inverse=True)
    n_place = packed.max(initial=-1) + 1
    # Numbered so that neighbours in sequence share no node: their sums would wait for each other.
    order = np.argsort(np.arange(n_place) % 2, kind="stable")
    place = np.argsort(order).astype(np.int32)[packed]
    place_nodes = np.zeros((n_place, nodes.shape[1]), np.int32)
    place_nodes[place] = nodes
    return place_nodes, place


def _check_scratch(edges: jax.Array, sight_edges: jax.Array, place_nodes: np.ndarray) -> None:
    n_slot = (len(edges) + 1) * (len(sight_edges) + 1)
    if n_slot * place_nodes.size * 8 >= _MAX_SCRATCH:
        raise HalogradError(
            f"{len(place_nodes)} different combinations of nodes in {n_slot} bins are more than "
            "the native engine holds: spread points over the nodes of a grid"
        )


def _doubles(words: jax.Array) -> np.ndarray:
    """float64 values (...,) of their 32-bit words (..., 2)."""
    return np.asarray(words).view(np.float64)[..., 0]
