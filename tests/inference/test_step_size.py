"""The step size that all chains share after the warm-up."""

import numpy as np
import pytest
from scipy.stats import norm

from halograd.inference.step_size import common_step_size


def acceptance(sizes, unit):
    return 2 * norm.cdf(-0.5 * (sizes / unit) ** 2)


@pytest.mark.parametrize("target", [0.6, 0.8, 0.95])
@pytest.mark.parametrize("unit", [0.02, 1.3])
def test_it_is_met_whatever_sizes_were_tried(target, unit):
    rng = np.random.default_rng(0)
    sizes = unit * np.exp(rng.normal(-0.5, 0.8, (4, 30)))
    noisy = np.clip(acceptance(sizes, unit) + rng.normal(0, 0.05, sizes.shape), 0, 1)
    found = np.exp(common_step_size(np.log(sizes), noisy, target))
    assert acceptance(found, unit) == pytest.approx(target, abs=0.03)


def test_the_mean_of_the_sizes_would_be_too_small():
    rng = np.random.default_rng(1)
    log_sizes = np.log(0.7) + rng.normal(0, 1.0, (4, 400))
    met = acceptance(np.exp(log_sizes), 1.0)
    found = common_step_size(log_sizes, met, met[:, 80:].mean())
    assert acceptance(np.exp(log_sizes.mean()), 1.0) > met.mean() + 0.1
    assert acceptance(np.exp(found), 1.0) == pytest.approx(met[:, 80:].mean(), abs=1e-6)


@pytest.mark.parametrize("met", [0.0, 1.0])
def test_where_nothing_or_everything_was_accepted_it_stays_near_what_was_tried(met):
    log_sizes = np.log(np.full((2, 10), 0.3))
    found = common_step_size(log_sizes, np.full((2, 10), met), 0.8)
    assert np.isfinite(found)
    assert abs(found - np.log(0.3)) < 5
