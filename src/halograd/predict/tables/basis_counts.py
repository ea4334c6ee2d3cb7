"""Pair counts between functions of the halo, added function by function."""

import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import jax.numpy as jnp
import numpy as np

from halograd._sealed import Sealed, digest, read_sealed, write_sealed
from halograd._version import __version__
from halograd.pairs import AutoPairs
from halograd.pairs.identity import check_identity
from halograd.predict.tables.tracers import DistinctTracers

_KIND = "halograd pairs between functions in progress 1"
_INTERVAL = 20.0  # seconds of counting that a kill may cost
_BLOCK = 8  # functions that are counted at a time
_BLOCK_BYTES = 2**29  # of the sums around each halo
_CHUNK = 2**14  # halos; the sums of float32 within are short, and float64 beyond


class BasisCounts:
    r"""T_kac = \sum_{i \ne j} \phi_a(i) \phi_c(j) [ij \in k] of several kinds of pairs.

    The result does not depend on how often counting stopped, to the last bit.

    Args:
        pairs: By a name, the pairs of the halos.
        functions: (n_distinct, n_function).
        tracers: The halos.
        path: A file that keeps the counts of finished functions every 20 s, and from which
            counting goes on; None keeps nothing.

    Raises:
        HalogradError: For a file of other halos, bins or functions, or a damaged one.
    """

    def __init__(
        self,
        pairs: Mapping[str, AutoPairs],
        functions: np.ndarray,
        tracers: DistinctTracers,
        path: str | os.PathLike[str] | None,
    ) -> None:
        self._pairs, self._functions, self._tracers = pairs, functions, tracers
        self._path = None if path is None else Path(path)
        self._saved, self.done = time.monotonic(), 0
        n = functions.shape[1]
        self.counts = {name: np.zeros((p.geometry.n_bin, n, n)) for name, p in pairs.items()}
        self._blocks = {name: _block(p) for name, p in pairs.items()}
        self._identity = _identity(pairs, functions)
        if pairs and self._path is not None and self._path.exists():
            self._resume()

    def reach(self, n_function: int, on_progress: Callable[[int, int], None]) -> None:
        """Count until the pairs between the first `n_function` functions are there."""
        if not self._pairs:
            return
        first = self.done
        for begin in range(first, n_function, _BLOCK):
            on_progress(begin, n_function)
            stop = min(begin + _BLOCK, self._functions.shape[1])
            for name in self._pairs:
                self._count(name, begin, stop)
            self.done = stop
            self._keep(last=stop >= n_function)
        on_progress(n_function, n_function)

    def _count(self, name: str, begin: int, stop: int) -> None:
        """Fill the rows and columns of the functions [begin, stop)."""
        width = self._blocks[name]
        counts = self.counts[name]
        for first in range(begin, stop, width):
            last = min(first + width, stop)
            found = self._with_all(name, first, last)
            counts[:, :last, first:last] = found
            counts[:, first:last, :last] = found.transpose(0, 2, 1)
            own = counts[:, first:last, first:last]  # both orders, which rounding tells apart
            counts[:, first:last, first:last] = (own + own.transpose(0, 2, 1)) / 2

    def _with_all(self, name: str, first: int, last: int) -> np.ndarray:
        """Pairs of all functions before `last` with [first, last). (n_bin, last, last - first)"""
        pairs, width = self._pairs[name], self._blocks[name]
        columns = self._tracers.at_halos(self._functions[:, first:last])
        missing = width - columns.shape[1]  # one shape for all, so that one program serves
        padded = jnp.asarray(np.pad(columns, ((0, 0), (0, missing))), float)
        around = np.asarray(pairs.plan.per_point(padded)).reshape(len(columns), -1)
        around = self._tracers.summed(around)
        total = np.zeros((last, around.shape[1]))
        for at in range(0, len(around), _CHUNK):
            rows = self._functions[at : at + _CHUNK, :last].astype(around.dtype, copy=False)
            total += rows.T @ around[at : at + _CHUNK]
        found = total.reshape(last, width, -1)[:, : last - first]
        return found.transpose(2, 0, 1)

    def _resume(self) -> None:
        sealed = read_sealed(self._path, _KIND)
        check_identity(self._path, sealed.metadata["identity"], self._identity)
        self.done = sealed.metadata["done"]
        for name, counts in self.counts.items():
            counts[:, : self.done, : self.done] = sealed.arrays[name]

    def _keep(self, *, last: bool) -> None:
        """Save, if it is the last time or the time before is a while ago."""
        if self._path is None or not (last or time.monotonic() - self._saved > _INTERVAL):
            return
        done = {name: counts[:, : self.done, : self.done] for name, counts in self.counts.items()}
        write_sealed(
            self._path, _KIND, Sealed(done, {"identity": self._identity, "done": self.done})
        )
        self._saved = time.monotonic()


def _block(pairs: AutoPairs) -> int:
    """How many functions to count in one pass, within memory."""
    each = pairs.n_points * pairs.geometry.n_bin * jnp.zeros((), float).itemsize
    return int(np.clip(_BLOCK_BYTES // each, 1, _BLOCK))


def _identity(pairs: Mapping[str, AutoPairs], functions: np.ndarray) -> dict[str, dict[str, Any]]:
    """What counts belong to: points, bins, functions and version, as `check_identity` takes."""
    return {
        "halos": {name: p.fingerprint.tobytes().hex() for name, p in pairs.items()},
        "box": {
            name: [np.asarray(p.boxsize).tolist(), list(p.periodic), p.line_of_sight]
            for name, p in pairs.items()
        },
        "bins": {name: p.geometry.described() for name, p in pairs.items()},
        "functions": {
            "values": digest({"functions": functions}),
            "precision": str(jnp.result_type(float)),
        },
        "version": {"halograd": __version__},
    }
