import numpy as np
import pytest
from scipy import integrate
from scipy.stats import qmc

from halograd.stats.box_without_part import pair_fraction, shell_fraction

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


@pytest.mark.parametrize("n_side", [(2, 2, 2), (5, 3, 1), (1, 1, 2), (4, 6, 7)])
def test_shells_against_random_displacements(n_side):
    edges, mu_edges = np.array([0.0, 4.0, 12.0, 24.0]), np.array([0.0, 0.3, 0.8, 1.0])
    lengths, counts = BOX / n_side, np.array(n_side)
    found = shell_fraction(BOX, n_side, edges, mu_edges)
    s, mu, phi = qmc.Sobol(3, rng=np.random.default_rng(1)).random_base2(17).T
    for i, j in np.ndindex(3, 3):
        r = (edges[i] ** 3 + s * (edges[i + 1] ** 3 - edges[i] ** 3)) ** (1 / 3)
        cosine = mu_edges[j] + mu * (mu_edges[j + 1] - mu_edges[j])
        across = r * np.sqrt(1 - cosine**2)
        apart = across * np.cos(np.pi / 2 * phi), across * np.sin(np.pi / 2 * phi), r * cosine
        shared = np.prod(
            [overlap(d, side, n) for d, side, n in zip(apart, BOX, counts, strict=True)], axis=0
        )
        size = 4 * np.pi / 3 * (edges[i + 1] ** 3 - edges[i] ** 3) * np.diff(mu_edges)[j]
        volume, part = BOX.prod(), lengths.prod()
        expected = size * (volume - 2 * part + shared.mean()) / (volume - part) ** 2
        np.testing.assert_allclose(found[i, j], expected, rtol=2e-6)


def test_shells_of_a_sphere_that_fits():
    """Mean overlap of a cube with itself displaced by r: 1 - 3r/2 + 2r²/π - r³/(4π), side 1."""
    edges = np.array([1.0, 1.0 + 1e-4])
    part = 8.0
    lengths = np.full(3, part)
    found = shell_fraction(2 * lengths, (2, 2, 2), edges, np.array([0.0, 1.0]))[0, 0]
    r = edges.mean() / part
    shared = part**3 * (1 - 1.5 * r + 2 * r**2 / np.pi - r**3 / (4 * np.pi))
    volume = 8 * part**3
    size = 4 * np.pi / 3 * (edges[1] ** 3 - edges[0] ** 3)
    expected = size * (volume - 2 * part**3 + shared) / (volume - part**3) ** 2
    np.testing.assert_allclose(found, expected, rtol=1e-8)
