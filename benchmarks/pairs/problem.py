"""The points, bins and weights that every code is given."""

from dataclasses import dataclass

import numpy as np

DENSITY = 0.064  # (Mpc/h)^-3, so that 1e6 points fill a box of 250 Mpc/h
N_RP, RP_MIN, RP_MAX, PI_MAX = 12, 0.1, 30.0, 40.0
N_PARAMETER = 4
LARGEST_PART_OF_BOX = 0.45


@dataclass(frozen=True)
class Problem:
    """Points in a periodic box with bins at most 0.45 of the box, which shortens them below
    about 90,000 points.

    Attributes:
        positions: (n, 3), comoving Mpc/h, each exactly a float32 so that codes of either
            precision see the same points.
        boxsize: Comoving Mpc/h.
        rp_edges: (13,), comoving Mpc/h.
        pi_max: Comoving Mpc/h, a whole number, as Corrfunc's rp-pi bins demand.
    """

    positions: np.ndarray
    boxsize: float
    rp_edges: np.ndarray
    pi_max: float

    @property
    def pi_edges(self):
        """Bins of 1 Mpc/h along the line of sight."""
        return np.arange(self.pi_max + 1)

    def weights(self, samples):
        """(n, samples), float32, in (0, 1)."""
        # One column after another, so that sample 0 is the same whatever the number of samples.
        columns = np.random.default_rng(1).random((max(1, samples), len(self.positions)))
        return np.ascontiguousarray(columns.T, np.float32)

    def relation(self):
        """A mean log stellar mass (n,), a scatter (n,), and the slopes (4, n) of both.

        Within +-3 scatters of the lower mass edge, so that no weight vanishes: a code that
        skips zero weights gains nothing.
        """
        rng = np.random.default_rng(2)
        n = len(self.positions)
        mean, scatter = 10 + rng.random(n), np.full(n, 0.5)
        slopes = rng.standard_normal((2, N_PARAMETER, n)) * np.array([1.0, 0.1])[:, None, None]
        return mean, scatter, *slopes

    @property
    def mass_edges(self):
        return np.array([10.5, 13.0])

    @property
    def input_bytes(self):
        return self.positions.nbytes


def make_problem(n, seed=0):
    """The problem of size n at the fixed density."""
    boxsize = (n / DENSITY) ** (1 / 3)
    largest = LARGEST_PART_OF_BOX * boxsize
    rp_edges = np.geomspace(RP_MIN, min(RP_MAX, largest), N_RP + 1)
    positions = half_clustered(n, boxsize, seed)
    return Problem(positions, boxsize, rp_edges, float(min(PI_MAX, np.floor(largest))))


def half_clustered(n, boxsize, seed):
    """Half the points uniform, half in Gaussian clumps of 1 Mpc/h with 50 points on average."""
    rng = np.random.default_rng(seed)
    centres = rng.random((max(1, n // 100), 3)) * boxsize
    clumps = centres[rng.integers(len(centres), size=n // 2)]
    clumps = clumps + rng.standard_normal(clumps.shape)
    points = np.concatenate([rng.random((n - n // 2, 3)) * boxsize, clumps]) % boxsize
    largest = np.nextafter(np.float32(boxsize), np.float32(0))
    return np.minimum(points.astype(np.float32), largest).astype(np.float64)
