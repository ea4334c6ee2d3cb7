import numpy as np
import pytest

from halograd.theory import nfw
from halograd.theory.nfw import offset_fraction, projected_fraction

C = 8.0
N = 400_000


@pytest.fixture(scope="module")
def points():
    """A halo of radius 1, seen along z."""
    rng = np.random.default_rng(0)
    return nfw.draw_offsets(rng, np.full(N, 1.0), np.full(N, C))[:, :2]


@pytest.mark.parametrize(
    ("radius", "offset"),
    [(0.1, 0.05), (0.1, 0.1), (0.1, 0.3), (0.3, 0.1), (1.0, 0.5), (0.5, 1.3), (2.0, 0.3)],
)
def test_share_is_that_of_counted_points(points, radius, offset):
    counted = np.mean(np.hypot(*(points - [offset, 0.0]).T) < radius)
    error = np.sqrt(max(counted * (1 - counted), 1 / N) / N)
    assert offset_fraction(radius, offset, 1 / C, C) == pytest.approx(counted, abs=4 * error)


def test_no_offset_is_the_centred_profile():
    radii = np.geomspace(0.01, 2.0, 9)
    share = offset_fraction(radii, 1e-9, 1 / C, C)
    np.testing.assert_allclose(share, projected_fraction(radii * C, np.float64(C)), rtol=1e-5)


def test_a_halo_out_of_reach_adds_nothing():
    assert abs(offset_fraction(0.2, 3.0, 1 / C, C)) < 1e-5
