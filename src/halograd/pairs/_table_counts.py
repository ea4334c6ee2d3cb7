"""Pair counts between nodes portion by portion, and how far they are, kept on disk."""

import os
import time
from pathlib import Path
from typing import Protocol

import jax.numpy as jnp
import numpy as np

from halograd._sealed import Sealed, read_sealed, write_sealed
from halograd.pairs._pairs import AutoPairs
from halograd.pairs.identity import Identity, check_identity
from halograd.pairs.nodes import Hats

_BLOCK = 8  # hat functions counted at a time by the sums around points
_KIND = "halograd pair table in progress 1"
_INTERVAL = 20.0  # seconds of counting that a kill may cost


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
    return pairs.plan.table(hats.nodes, hats.values, hats.n_node) or PerPointCounts(pairs, hats)


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
            padded = jnp.asarray(np.pad(columns, ((0, 0), (0, missing))), float)
            # by the plan, which numbers bins as tables do
            around = np.asarray(self._pairs.plan.per_point(padded), np.float64)
            flat = around.reshape(len(around), -1)
            found = (self._matrix.T @ flat).reshape(self.shape[1], _BLOCK, self.shape[0])
            counts[:, rows] += found.transpose(2, 1, 0)[:, : columns.shape[1]]

    def whole(self, counts: np.ndarray) -> np.ndarray:
        """The mean of both orders, which rounding alone tells apart."""
        return (counts + counts.transpose(0, 2, 1)) / 2


class TableCheckpoint:
    """Keeps the counts so far in a file, or nowhere for a path of None.

    Args:
        path: The file.
        identity: What the counts belong to.
    """

    def __init__(self, path: str | os.PathLike[str] | None, identity: Identity) -> None:
        self.path = None if path is None else Path(path)
        self._identity, self._saved = identity, time.monotonic()

    def resume(self, shape: tuple[int, ...]) -> tuple[int, np.ndarray]:
        """The step to go on from, and the counts until there; a fresh start without a file.

        Raises:
            HalogradError: For a file of other halos, bins or nodes, or a damaged one.
        """
        if self.path is None or not self.path.exists():
            return 0, np.zeros(shape)
        sealed = read_sealed(self.path, _KIND)
        check_identity(self.path, sealed.metadata["identity"], self._identity)
        return sealed.metadata["step"], sealed.arrays["counts"]

    def keep(self, step: int, counts: np.ndarray, *, last: bool) -> None:
        """Save, if it is the last time or the time before is a while ago."""
        if self.path is None or not (last or time.monotonic() - self._saved > _INTERVAL):
            return
        metadata = {"identity": self._identity, "step": step}
        write_sealed(self.path, _KIND, Sealed({"counts": counts}, metadata))
        self._saved = time.monotonic()
