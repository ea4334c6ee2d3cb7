import numpy as np
import pytest

from halograd.errors import HalogradError
from halograd.stats.subvolumes import checked_n_side, pulled_apart, subvolume_of
from oracles.clustered_points import BOX, clustered


@pytest.mark.parametrize("n_side", [(2, 2, 2), (3, 1, 4), (1, 1, 2)])
def test_pulled_apart_points_keep_their_separations_and_lose_the_others(n_side):
    reach = np.array([9.0, 9.0, 12.0])
    points, apart, wide = pulled_apart(clustered(400) % BOX, BOX, n_side, reach)
    region = subvolume_of(points, BOX, n_side)
    near = np.abs(points[:, None] - points[None])
    near = np.minimum(near, BOX - near)
    far = np.abs(apart[:, None] - apart[None])
    far = np.minimum(far, wide - far)
    same = region[:, None] == region[None]
    np.testing.assert_array_equal(far[same], near[same])
    assert (far[~same] > reach).any(axis=-1).all()
    assert ((apart >= 0) & (apart < wide)).all()
    np.testing.assert_allclose(points, clustered(400) % BOX, rtol=0, atol=1e-13)


def test_subvolumes_are_numbered_in_c_order():
    centres = (np.array(list(np.ndindex(2, 3, 4))) + 0.5) / [2, 3, 4] * BOX
    np.testing.assert_array_equal(subvolume_of(centres, BOX, (2, 3, 4)), np.arange(24))


@pytest.mark.parametrize(
    ("n_side", "message"),
    [
        (1, "at least 2 subvolumes"),
        ((1, 1, 1), "at least 2 subvolumes"),
        (0, "whole number"),
        (2.5, "whole number"),
        ((2, 2), "whole number"),
    ],
)
def test_bad_n_side(n_side, message):
    with pytest.raises(HalogradError, match=message):
        checked_n_side(n_side)
