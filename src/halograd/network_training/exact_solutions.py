"""Exact solutions of validation draws, kept in a folder: the slow part of a validation."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import numpy as np

from halograd._sealed import DamagedFileError, Sealed, read_sealed, write_sealed

__all__ = ["EXACT_FILE", "ExactSolutions"]

EXACT_FILE = "exact_solutions.h5"
_KIND = "halograd exact solutions 1"

T = TypeVar("T", bound=NamedTuple)


class ExactSolutions:
    """Results by draw, which a file remembers.

    Args:
        folder: Keeps the file.
        identity: What the results depend on; a file of another identity, or a damaged one, is
            made anew.
    """

    def __init__(self, folder: Path, identity: Mapping[str, Any]) -> None:
        self._path, self._identity = folder / EXACT_FILE, dict(identity)
        self._arrays = self._read()

    def rows(self, name: str, rows: Sequence[int], make: Callable[[Sequence[int]], T]) -> T:
        """Results for `rows`, in that order; those not in the file are made and added to it.

        Args:
            name: Of this kind of results.
            rows: Which draws.
            make: Results of given rows, a NamedTuple of arrays with one row each.
        """
        known = self._arrays.get(f"{name}.row", np.zeros(0, int))
        missing = [row for row in rows if row not in set(known.tolist())]
        made = make(missing)
        if missing or f"{name}.row" not in self._arrays:
            self._arrays[f"{name}.row"] = known = np.array([*known, *missing], int)
            for key, values in made._asdict().items():
                earlier = self._arrays.get(f"{name}.{key}", values[:0])
                self._arrays[f"{name}.{key}"] = np.concatenate([earlier, values])
            write_sealed(self._path, _KIND, Sealed(self._arrays, self._identity))
        at = {row: i for i, row in enumerate(known.tolist())}
        places = np.array([at[row] for row in rows], int)
        return type(made)(*(self._arrays[f"{name}.{key}"][places] for key in made._fields))

    def _read(self) -> dict[str, np.ndarray]:
        try:
            sealed = read_sealed(self._path, _KIND)
        except (FileNotFoundError, DamagedFileError):
            return {}
        return dict(sealed.arrays) if sealed.metadata == self._identity else {}
