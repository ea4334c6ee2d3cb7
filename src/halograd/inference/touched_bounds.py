"""Parameters that a fit has driven to their bounds."""

import numpy as np

from halograd.models.parameters import Parameter, ParameterSpace, Theta

_CLOSE = 0.01  # of the interval between the bounds, or of one unit where only one is finite


def touched_bounds(space: ParameterSpace, theta: Theta) -> dict[str, float]:
    """The bound that each free parameter sits at, for those that sit at one."""
    found = {p.name: _touched(p, float(theta[p.name])) for p in space.free}
    return {name: bound for name, bound in found.items() if bound is not None}


def _touched(p: Parameter, value: float) -> float | None:
    both = np.isfinite(p.low) and np.isfinite(p.high)
    near = _CLOSE * (p.high - p.low if both else 1.0)
    for bound in (p.low, p.high):
        if np.isfinite(bound) and abs(value - bound) <= near:
            return bound
    return None
