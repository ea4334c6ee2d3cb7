"""The box and the bins, within what a periodic box defines."""

import numpy as np
from jax.typing import ArrayLike

from halograd import _checks
from halograd.errors import HalogradError


def checked_geometry(
    boxsize: ArrayLike, rp_edges: ArrayLike, pi_max: float | None
) -> tuple[np.ndarray, np.ndarray, float]:
    """Box sides (3,), edges (n_rp + 1,) and depth, within what a periodic box defines."""
    sides = _checks.boxsize(boxsize)
    edges = _checks.increasing_edges("rp_edges", rp_edges)
    if edges[-1] > sides[:2].min() / 2:
        raise HalogradError(
            f"the largest rp edge, {edges[-1]:g} Mpc/h, exceeds half the box "
            f"({sides[:2].min() / 2:g} Mpc/h), beyond which pairs meet their periodic images; "
            "use smaller bins or a larger box"
        )
    if pi_max is None:
        return sides, edges, np.inf
    depth = float(_checks.finite("pi_max", pi_max))
    if not 0 < depth <= sides[2] / 2:
        raise HalogradError(
            f"pi_max must be positive and at most half the box along z ({sides[2] / 2:g} Mpc/h), "
            f"got {depth:g} Mpc/h"
        )
    return sides, edges, depth
