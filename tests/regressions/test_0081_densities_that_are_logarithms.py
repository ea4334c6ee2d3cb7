"""A data vector took log10 of a number density for the density itself."""

import numpy as np
import pytest

from halograd import inference
from halograd.errors import DataError


def test_a_logarithm_is_refused_and_noise_is_not():
    layout = inference.Observables(n=[(10.0, 10.5), (10.5, 11.0)])
    with pytest.raises(DataError, match="is it log10 of the density"):
        inference.DataVector(layout, [-2.3, -2.8], np.diag([0.01, 0.01]))
    noisy = inference.DataVector(layout, [1e-3, -1e-4], np.diag([1e-6, 1e-6]))
    assert noisy.values[1] < 0
