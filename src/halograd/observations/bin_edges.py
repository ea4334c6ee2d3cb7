"""Edges between tabulated centres."""

import numpy as np
from numpy.typing import ArrayLike

from halograd import _checks
from halograd.errors import HalogradError


def midpoint_edges(centres: ArrayLike) -> np.ndarray:
    """Edges half way between `centres` in the logarithm, the outer bins symmetric. (n + 1,)

    Raises:
        HalogradError: For fewer than two centres, or centres not positive and increasing.
    """
    centres = _checks.increasing_edges("separations", centres, HalogradError)
    if centres[0] <= 0:
        raise HalogradError(f"separations must be positive, got {centres[0]:g}")
    middle = np.sqrt(centres[1:] * centres[:-1])
    return np.concatenate([centres[:1] ** 2 / middle[:1], middle, centres[-1:] ** 2 / middle[-1:]])
