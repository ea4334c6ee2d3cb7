import numpy as np
import pytest
from scipy import integrate

from halograd.stats.box_without_part import pair_fraction

BOX = np.array([60.0, 48.0, 80.0])
EDGES = np.array([0.0, 0.5, 5.0, 17.0, 24.0])


def overlap(distance, side, n):
    return np.maximum(side / n - distance, 0) if n > 1 else np.full_like(distance, side)


@pytest.mark.parametrize("n_side", [(2, 2, 2), (4, 4, 4), (5, 3, 1), (1, 1, 2), (1, 4, 3)])
@pytest.mark.parametrize("pi_max", [7.0, 30.0, 40.0])
def test_fraction_against_adaptive_quadrature(n_side, pi_max):
    n_x, n_y, n_z = n_side
    kinks = [end for end, n in ((BOX[0] / n_x, n_x), (BOX[1] / n_y, n_y)) if n > 1]

    def ring(radius):
        """f_x f_y around the circle, times the circle's length."""
        breaks = [np.arcsin(end / radius) for end in kinks if end < radius]
        breaks = sorted({0.0, np.pi / 2, *breaks, *(np.pi / 2 - b for b in breaks)})

        def around(t):
            x, y = radius * np.sin(t), radius * np.cos(t)
            return overlap(x, BOX[0], n_x) * overlap(y, BOX[1], n_y)

        pieces = zip(breaks[:-1], breaks[1:], strict=True)
        return 4 * radius * sum(integrate.quad(around, *piece)[0] for piece in pieces)

    def between(function, low, high, breaks):
        ends = [low, *(b for b in sorted(breaks) if low < b < high), high]
        pieces = zip(ends[:-1], ends[1:], strict=True)
        return sum(integrate.quad(function, *piece, epsrel=1e-11)[0] for piece in pieces)

    corners = [*kinks, np.hypot(*kinks)] if len(kinks) == 2 else kinks
    across = [between(ring, *edges, corners) for edges in zip(EDGES[:-1], EDGES[1:], strict=True)]
    along = 2 * between(lambda z: overlap(z, BOX[2], n_z), 0, pi_max, [BOX[2] / n_z])
    bins = np.pi * np.diff(EDGES**2) * 2 * pi_max
    volume, part = BOX.prod(), BOX.prod() / np.prod(n_side)
    expected = ((volume - 2 * part) * bins + np.array(across) * along) / (volume - part) ** 2
    np.testing.assert_allclose(pair_fraction(BOX, n_side, EDGES, pi_max), expected, rtol=1e-9)


def test_fraction_against_random_points():
    rng = np.random.default_rng(0)
    points = rng.random((2, 1_000_000, 3)) * BOX
    inside = (points < BOX / [2, 2, 1]).all(axis=2)
    both = points[:, ~inside.any(axis=0)]
    apart = np.abs(both[0] - both[1])
    apart = np.minimum(apart, BOX - apart)
    rp = np.hypot(apart[:, 0], apart[:, 1])
    counts = np.histogram(rp[apart[:, 2] < 30.0], EDGES)[0]
    expected = len(both[0]) * pair_fraction(BOX, (2, 2, 1), EDGES, 30.0)
    assert (np.abs(counts - expected) < 4 * np.sqrt(expected)).all()
