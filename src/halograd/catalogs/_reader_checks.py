"""What every reader checks: masses, places in the box, and whether there are particles."""

from pathlib import Path

import numpy as np

from halograd.catalogs.read_options import ReadOptions
from halograd.errors import CatalogError

# log10 Msun/h: no halo is heavier, and a catalogue of lighter halos alone is a mistake.
_LIGHTEST, _HEAVIEST = 5.0, 18.0
# Positions are stored in single precision at least: 6e-8 of the box, summed over some steps.
ROUNDING = 1e-5
# So many halos of a periodic box come close to every face of it.
_MANY = 1000
_FILLED = 0.9


def check_halo_masses(log_mass: np.ndarray) -> None:
    """Raise where all masses are too light for halos, or one is too heavy.

    Args:
        log_mass: (n_halo,), log10 Msun/h.
    """
    if not log_mass.size:
        return
    heaviest = log_mass.max()
    if heaviest < _LIGHTEST:
        raise CatalogError(
            f"no halo is heavier than 10^{heaviest:.3g} Msun/h; if the masses are logarithms, say "
            "so (mass_is_log10 = true in a column map), else check their unit"
        )
    if heaviest > _HEAVIEST:
        raise CatalogError(
            f"the heaviest halo has 10^{heaviest:.3g} Msun/h, more than any halo; check the unit"
        )


def into_box(
    path: Path, positions: np.ndarray, sides: np.ndarray, *, overshoot: float = ROUNDING
) -> np.ndarray:
    """Positions in [0, L] along each axis, those just outside wrapped. (n, 3) float64

    Args:
        path: The file, for the message.
        positions: (n, 3), comoving Mpc/h; float64 arrays are changed in place.
        sides: (3,), comoving Mpc/h.
        overshoot: How far outside is still wrapped, as a fraction of the box.

    Raises:
        CatalogError: For a position further out, or not a number.
    """
    points = positions.astype(np.float64, copy=False)
    for axis, side in enumerate(sides):
        values = points[:, axis]
        low, high = _range(values)
        if not (low >= -overshoot * side and high <= (1 + overshoot) * side):
            row = int(np.argmax(~(np.abs(values - side / 2) <= (0.5 + overshoot) * side)))
            raise CatalogError(
                f"{path}: position {row} of those kept is {values[row]:g} on axis {axis}, outside "
                f"the box of {side:g} Mpc/h; give the box of this simulation, or fetch the file "
                "again"
            )
        if low < 0 or high > side:
            values[:] = np.where((values < 0) | (values > side), np.mod(values, side), values)
    return points


def check_filled(path: Path, positions: np.ndarray, sides: np.ndarray) -> None:
    """Raise where many halos leave a side of a box empty that only the caller vouches for."""
    if len(positions) < _MANY:
        return
    extents = np.ptp(positions, axis=0)
    if (extents < _FILLED * sides).any():
        raise CatalogError(
            f"{path}: {len(positions)} halos span only {extents.tolist()} of the given box of "
            f"{sides.tolist()} Mpc/h; give the true box, or all the files of it"
        )


def _range(values: np.ndarray) -> tuple[float, float]:
    return (values.min(), values.max()) if len(values) else (0.0, 0.0)


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


def refuse_particles(path: Path, options: ReadOptions, what: str) -> None:
    """Raise where the caller asks for the particles of a file that has none.

    Args:
        path: The file.
        options: The caller's.
        what: What the file is, such as "a halotools table".
    """
    if options.particles:
        raise CatalogError(
            f"{path}: {what} has no matter particles; read them from their own file with "
            "read_particles, or read without particles"
        )
