"""Where chains begin."""

import numpy as np

from halograd.inference.nuts.settings import SampleSettings
from halograd.inference.nuts.start import dispersed_start


def test_chains_begin_within_a_ridge_that_its_curvature_does_not_see():
    """-u0⁴ has no curvature at its maximum: a step by the curvature alone would leave it far."""

    def ridge(u):
        return -1e4 * u[0] ** 4 - 0.5 * u[1] ** 2

    state = dispersed_start(ridge, np.zeros(2), np.diag([1.0, 1.0]), SampleSettings(n_chain=8))
    assert min(float(chain.log_density) for chain in state.chains) > -20
    positions = np.array([chain.position for chain in state.chains])
    assert 0.5 < positions.std() < 2.5
    width = float(state.coordinates.scale[0, 0])
    assert 0.02 < width < 0.2
