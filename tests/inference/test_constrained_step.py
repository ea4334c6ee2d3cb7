"""The step to the minimum of a linear model within bounds."""

import numpy as np
import pytest
from scipy.optimize import minimize

from halograd.inference.constrained_step import constrained_step


@pytest.mark.parametrize("seed", range(6))
def test_against_a_general_minimiser(seed):
    rng = np.random.default_rng(seed)
    jacobian = rng.normal(size=(9, 4)) * [1.0, 1e3, 1e-2, 10.0]
    residuals = 3 * rng.normal(size=9)
    free = -np.linalg.lstsq(jacobian, residuals, rcond=None)[0]
    low, high = -np.abs(free) * rng.uniform(0, 2, 4), np.abs(free) * rng.uniform(0, 2, 4)
    low[0] = 0.0
    found = constrained_step(residuals, jacobian, low, high)
    unit = np.abs(free)

    def loss(x):
        return 0.5 * np.sum((residuals + jacobian @ (x * unit)) ** 2)

    bounds = list(zip(low / unit, high / unit, strict=True))
    expected = minimize(loss, np.zeros(4), bounds=bounds, tol=1e-14)
    assert loss(found / unit) <= expected.fun * (1 + 1e-9)
    assert (found >= low - 1e-12 * unit).all()
    assert (found <= high + 1e-12 * unit).all()


def test_without_bounds_in_reach_it_is_least_squares():
    rng = np.random.default_rng(1)
    jacobian, residuals = rng.normal(size=(5, 3)), rng.normal(size=5)
    found = constrained_step(residuals, jacobian, np.full(3, -np.inf), np.full(3, np.inf))
    np.testing.assert_allclose(found, -np.linalg.lstsq(jacobian, residuals, rcond=None)[0])


def test_at_a_bound_that_the_slope_points_out_of_nothing_moves():
    jacobian = np.eye(2)
    held = constrained_step(np.array([2.0, 0.0]), jacobian, np.array([0.0, -1.0]), np.ones(2))
    np.testing.assert_array_equal(held, 0.0)
    freed = constrained_step(np.array([-2.0, 0.0]), jacobian, np.array([0.0, -1.0]), np.ones(2))
    np.testing.assert_allclose(freed, [1.0, 0.0])


def test_directions_without_an_answer_are_left_alone():
    jacobian = np.array([[1.0, 0.0], [2.0, 0.0]])
    found = constrained_step(np.array([1.0, 2.0]), jacobian, np.full(2, -5.0), np.full(2, 5.0))
    np.testing.assert_allclose(found, [-1.0, 0.0], atol=1e-12)
    nothing = constrained_step(np.ones(2), np.zeros((2, 2)), -np.ones(2), np.ones(2))
    np.testing.assert_array_equal(nothing, 0.0)
