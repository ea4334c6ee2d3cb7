"""A NaN in scatter or mean used to make a sharp sample of 0 and 1 under jit."""

import jax
import numpy as np
import pytest

from halograd import models, stats
from halograd.errors import HalogradError
from halograd.samples import Sample

MEAN, EDGES = np.array([9.5, 10.5, 11.5]), np.array([9.0, 10.0, 11.0])


@pytest.mark.parametrize("scatter", [0.0, 0.2])
def test_nan_stays_nan(scatter):
    weigh = jax.jit(stats.sample_weights)
    mean = np.where([False, True, False], np.nan, MEAN)
    weights = np.asarray(weigh(mean, scatter, EDGES))
    assert np.isnan(weights[1]).all()
    assert np.isfinite(weights[[0, 2]]).all()
    assert np.isnan(weigh(MEAN, np.nan, EDGES)).all()
    assert np.isnan(np.asarray(weigh(MEAN, scatter, np.array([9.0, np.nan, 11.0])))).all()
    with pytest.raises(HalogradError, match="mean_log_mstar must be known, but 1 of 3"):
        stats.sample_weights(mean, scatter, EDGES)


def test_a_model_with_an_unknown_parameter():
    model = models.SmhmModel()

    def weights(scatter):
        theta = {"scatter_low": scatter, "scatter_high": scatter}
        return model.weights(theta, {"log_mpeak": np.array([11.0, 13.0])}, (Sample(9.0),))

    assert np.isnan(jax.jit(weights)(np.nan)).all()
    assert np.isfinite(jax.jit(weights)(0.3)).all()
