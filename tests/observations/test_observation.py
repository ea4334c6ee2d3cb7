import numpy as np
import pytest

from halograd import HalogradError
from halograd.observations.observation import midpoint_edges


def test_equal_bins_in_the_logarithm_come_back():
    edges = np.geomspace(0.1, 30.0, 13)
    np.testing.assert_allclose(midpoint_edges(np.sqrt(edges[1:] * edges[:-1])), edges)


def test_outer_bins_are_symmetric_in_the_logarithm():
    np.testing.assert_allclose(midpoint_edges([1.0, 4.0, 5.0]) ** 2, [0.25, 4.0, 20.0, 31.25])


@pytest.mark.parametrize("centres", [[1.0], [0.0, 1.0], [2.0, 1.0], [[1.0, 2.0]]])
def test_bad_centres(centres):
    with pytest.raises(HalogradError, match="separations must"):
        midpoint_edges(centres)
