"""The two ways to count pairs between nodes, portion by portion."""

from typing import Protocol

import jax.numpy as jnp
import numpy as np

from halograd.pairs._auto_pairs import AutoPairs
from halograd.pairs.nodes import Hats

_BLOCK = 8  # hat functions counted at a time by the public engine
_FIRST_PORTION = 4096  # points; too few leave threads idle
_PORTION_SECONDS = 0.5  # how long progress and Ctrl-C may wait
_NATIVE_HATS = (1, 2, 4)


class TableCounts(Protocol):
    """A count that goes through `n_step` steps in ascending order, adding to an array.

    The array depends neither on how the steps are portioned nor on threads, to the last bit.
    """

    n_step: int
    shape: tuple[int, ...]

    def portion(self, seconds: float | None, steps: int) -> int:
        """How many steps to take next, after `steps` took `seconds`; None before the first."""

    def add(self, begin: int, end: int, counts: np.ndarray) -> None:
        """Add what the steps [begin, end) find."""

    def whole(self, counts: np.ndarray) -> np.ndarray:
        """(n_bin, n_node, n_node), symmetric, once every step is taken."""


def table_counts(pairs: AutoPairs, hats: Hats) -> TableCounts:
    """The fastest way for these pairs."""
    if pairs.backend == "native" and hats.nodes.shape[1] in _NATIVE_HATS:
        return NativeCounts(pairs, hats)
    return PerPointCounts(pairs, hats)


class NativeCounts:
    """One pass of the compiled engine over all pairs; a step is a point."""

    def __init__(self, pairs: AutoPairs, hats: Hats) -> None:
        from halograd.pairs._native_table import NativeTable

        plan = pairs.plan.plan
        threads = plan.threads or None
        self._table = NativeTable(plan, hats.nodes, hats.values, hats.n_node, threads=threads)
        self.n_step, self.shape = self._table.n_points, self._table.shape
        self.add, self.whole = self._table.add, self._table.whole

    def portion(self, seconds: float | None, steps: int) -> int:
        """Points that take about half a second, judged by the portion before."""
        if seconds is None:
            return _FIRST_PORTION
        return max(1024, int(steps * min(4.0, _PORTION_SECONDS / max(seconds, 1e-3))))


class PerPointCounts:
    """Any engine, by the sums around each point of a few hat functions; a step is a block."""

    def __init__(self, pairs: AutoPairs, hats: Hats) -> None:
        self._pairs, self._matrix = pairs, hats.matrix
        self.n_step = -(-hats.n_node // _BLOCK)
        self.shape = (pairs.geometry.n_bin, hats.n_node, hats.n_node)

    def portion(self, seconds: float | None, steps: int) -> int:
        """One block."""
        return 1

    def add(self, begin: int, end: int, counts: np.ndarray) -> None:
        """Add the blocks [begin, end), each the rows of its nodes."""
        for block in range(begin, end):
            rows = slice(block * _BLOCK, (block + 1) * _BLOCK)
            columns = self._matrix[:, rows].toarray()
            missing = _BLOCK - columns.shape[1]  # one shape for all, so that one program serves
            padded = jnp.asarray(np.pad(columns, ((0, 0), (0, missing))))
            around = np.asarray(self._pairs.per_point(padded), np.float64)
            flat = around.reshape(len(around), -1)
            found = (self._matrix.T @ flat).reshape(self.shape[1], _BLOCK, self.shape[0])
            counts[:, rows] += found.transpose(2, 1, 0)[:, : columns.shape[1]]

    def whole(self, counts: np.ndarray) -> np.ndarray:
        """The mean of both orders, which rounding alone tells apart."""
        return (counts + counts.transpose(0, 2, 1)) / 2
