"""Points to begin fits at, spread over the prior."""

from scipy.stats import qmc

from halograd.errors import ConfigError
from halograd.models.parameters import ParameterSpace

_EDGE = 0.02  # of the prior probability, kept free at either end: at a bound χ² has no slope in u


def spread_starts(space: ParameterSpace, n: int, seed: int = 0) -> list[dict[str, float]]:
    """A Latin hypercube over the prior of the free parameters.

    Args:
        space: Bounds and priors; every free parameter needs a prior that can be normalised.
        n: How many points, 0 or more.
        seed: The same points for the same seed.

    Returns:
        Every parameter by name, for each point.

    Raises:
        HalogradError: For a free parameter with an infinite bound and no normal prior.
    """
    if n < 0 or seed < 0:
        raise ConfigError(f"the number of starts and their seed must be 0 or more, got {n}, {seed}")
    if n == 0:
        return []
    hypercube = qmc.LatinHypercube(len(space.free), rng=seed)
    points = space.from_unit_cube(_EDGE + (1 - 2 * _EDGE) * hypercube.random(n))
    return [{name: float(points[name][i]) for name in space.names} for i in range(n)]
