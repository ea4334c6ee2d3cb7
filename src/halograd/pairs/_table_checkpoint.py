"""How far a table has been counted, on disk."""

import os
import time
from pathlib import Path

import numpy as np

from halograd._sealed import Sealed, read_sealed, write_sealed
from halograd.pairs._identity import Identity, check_identity

_KIND = "halograd pair table in progress 1"
_INTERVAL = 20.0  # seconds of counting that a kill may cost


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
