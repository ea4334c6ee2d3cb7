import numpy as np
import pytest

from halograd.errors import HalogradError
from halograd.stats import number_density, stellar_mass_function


def test_density_and_mass_function():
    weights = np.random.default_rng(0).random((1000, 3))
    np.testing.assert_allclose(number_density(weights, 50.0), weights.sum(axis=0) / 50, rtol=1e-6)
    np.testing.assert_allclose(
        stellar_mass_function(weights, 50.0, np.array([0.5, 0.25, 0.1])),
        weights.sum(axis=0) / 50 / [0.5, 0.25, 0.1],
        rtol=1e-6,
    )
    assert number_density(weights[:, 0], 50.0).shape == ()


def test_large_float32_sums_keep_their_precision():
    weights = np.random.default_rng(1).random(3_000_000).astype(np.float32)
    exact = weights.astype(np.float64).sum()
    np.testing.assert_allclose(number_density(weights, 1.0), exact, rtol=5e-7)


def test_no_halos():
    np.testing.assert_array_equal(number_density(np.zeros((0, 2)), 10.0), [0.0, 0.0])


@pytest.mark.parametrize(("volume", "width"), [(0.0, 0.1), (-1.0, 0.1), (1.0, 0.0), (np.nan, 1.0)])
def test_bad_volume_or_width(volume, width):
    with pytest.raises(HalogradError, match=r"positive|finite"):
        stellar_mass_function(np.ones((3, 1)), volume, width)
