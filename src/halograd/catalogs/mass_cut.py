"""Which rows are heavy enough, decided while a file is read."""

from pathlib import Path

import numpy as np

from halograd.catalogs.read_options import ReadOptions
from halograd.errors import CatalogError


class MassCut:
    """Keeps rows of at least `options.min_mass`, and counts the others.

    Attributes:
        n_row: Rows seen.
        n_light: Rows below the limit.
    """

    def __init__(self, path: Path, column: str, options: ReadOptions) -> None:
        self._path, self._column, self._limit = path, column, options.min_mass
        self.n_row = 0
        self.n_light = 0

    def keeps(self, masses: np.ndarray) -> np.ndarray:
        """Whether each of the next rows is kept. (n,)

        Args:
            masses: (n,), Msun/h.

        Raises:
            CatalogError: For a mass that is not a number, or has no logarithm and is not cut.
        """
        self._refuse(~np.isfinite(masses), masses, "the file is damaged; fetch it again")
        if self._limit is None:
            self._refuse(masses <= 0, masses, "drop such rows with min_mass")
            kept = np.ones(len(masses), bool)
        else:
            kept = masses >= self._limit
        self.n_row += len(masses)
        self.n_light += int(np.count_nonzero(~kept))
        return kept

    def provenance(self) -> dict[str, str]:
        """What was dropped, for the catalogue's provenance; nothing where nothing was."""
        if not self.n_light:
            return {}
        limit = f"min_mass = {self._limit:g} Msun/h"
        return {"dropped": f"{self.n_light} of {self.n_row} rows, below {limit}"}

    def _refuse(self, bad: np.ndarray, masses: np.ndarray, remedy: str) -> None:
        if bad.any():
            first = int(np.argmax(bad))
            raise CatalogError(
                f"{self._path}: {self._column} in row {self.n_row + first} is {masses[first]:g} "
                f"Msun/h, and a mass must be above 0; {remedy}"
            )
