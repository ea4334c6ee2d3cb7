"""Positions of a file in the periodic box, or a reason why they do not belong there."""

from pathlib import Path

import numpy as np

from halograd.errors import CatalogError

# Positions are stored in single precision at least: 6e-8 of the box, summed over some steps.
ROUNDING = 1e-5
# So many halos of a periodic box come close to every face of it.
_MANY = 1000
_FILLED = 0.9


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
