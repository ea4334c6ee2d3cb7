"""Points that are hard on a pair counter, in a box with three different sides."""

import numpy as np

BOX = np.array([50.0, 47.0, 61.0])


def clustered(n, seed=0, boxsize=BOX):
    """Half the points uniform, half in tight clumps, some at 1e-3 of each other and on edges."""
    rng = np.random.default_rng(seed)
    centres = rng.random((max(1, n // 20), 3)) * boxsize
    clumps = centres[rng.integers(len(centres), size=n // 2)]
    clumps = clumps + rng.standard_normal(clumps.shape) * rng.choice([1e-3, 0.3, 2.0], (n // 2, 1))
    points = np.concatenate([rng.random((n - n // 2, 3)) * boxsize, clumps]) % boxsize
    points[: n // 50] = 0.0
    points[n // 50 : n // 25, 0] = boxsize[0]
    return points
