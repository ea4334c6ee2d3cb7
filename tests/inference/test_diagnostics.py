"""Convergence of chains, and the energies they explore."""

import numpy as np

from halograd.inference.diagnostics import bfmi, convergence


def test_convergence_of_independent_draws_and_of_bad_chains():
    rng = np.random.default_rng(2)
    draws = rng.normal(size=(4, 500, 3))
    draws[..., 1] += np.arange(4)[:, None]
    draws[2, :, 2] = 0.3
    found = convergence(draws)
    assert found.r_hat[0] < 1.01
    assert 1500 < found.ess_bulk[0] < 2600
    assert found.r_hat[1] > 1.3
    assert np.isinf(found.r_hat[2])
    assert found.ess_tail[2] == 0
    assert not found.reached(10)
    assert convergence(draws[..., :1]).reached(1000)
    assert convergence(draws[:, :5]) is None


def test_energy_that_wanders_has_little_missing_information():
    rng = np.random.default_rng(3)
    steps = rng.normal(size=(2, 4000))
    found = bfmi(np.stack([steps[0], np.cumsum(steps[1])]))
    assert abs(found[0] - 2) < 0.2
    assert found[1] < 0.1
