"""A fit as a function, and the step to the minimum of a linear one within bounds."""

import numpy as np
import pytest
from scipy.optimize import minimize

from halograd import inference
from halograd.inference import FitProblem
from halograd.inference.fit.problem import constrained_step
from halograd.models import Normal


@pytest.fixture(scope="module")
def problem(predictor, data, space):
    return FitProblem(predictor, data, space)


def test_without_priors_chi2_is_that_of_the_data(problem, data, space, truth):
    at = problem.evaluate(np.asarray(space.to_unbounded(truth)))
    apart = at.vector - data.values
    assert at.chi2 == pytest.approx(apart @ np.linalg.solve(data.covariance, apart), rel=1e-9)
    assert at.data_chi2 == pytest.approx(at.chi2, rel=1e-12)
    assert at.prior_chi2 == 0


def test_normal_priors_are_further_residuals(predictor, data, space, truth, problem):
    priors = space.replace(scatter_high={"prior": Normal(0.4, 0.05)})
    u = np.asarray(space.to_unbounded(truth))
    plain, at = problem.evaluate(u), FitProblem(predictor, data, priors).evaluate(u)
    assert len(at.residuals) == len(plain.residuals) + 1
    assert at.prior_chi2 == pytest.approx(4.0, rel=1e-5)
    assert at.chi2 == pytest.approx(plain.chi2 + 4.0, rel=1e-5)
    assert at.data_chi2 == pytest.approx(plain.data_chi2)
    index = [p.name for p in space.free].index("scatter_high")
    expected = plain.fisher
    expected[index, index] += 1 / 0.05**2
    np.testing.assert_allclose(at.fisher, expected, rtol=1e-6)


def test_a_strong_prior_holds_the_fit(predictor, data, space):
    priors = space.replace(scatter_high={"prior": Normal(0.45, 1e-3), "value": 0.449})
    result = inference.fit(predictor, data, space=priors)
    assert result.theta["scatter_high"] == pytest.approx(0.45, abs=5e-3)
    assert result.errors["scatter_high"] == pytest.approx(1e-3, rel=0.1)


def test_tied_parameters_move_together(predictor, data, space, truth):
    tied = space.replace(scatter_low={"tied": "scatter_high", "offset": 0.1})
    u = np.asarray(tied.to_unbounded(truth))
    problem = FitProblem(predictor, data, tied)
    at = problem.evaluate(u)
    assert at.theta["scatter_low"] == pytest.approx(at.theta["scatter_high"] + 0.1)
    index, step = [p.name for p in tied.free].index("scatter_high"), 2e-3
    up, down = (problem.evaluate(u + s * np.eye(len(u))[index]).residuals for s in (step, -step))
    slope = (up - down) / (2 * step)
    np.testing.assert_allclose(
        at.jacobian[:, index], slope, rtol=2e-2, atol=1e-2 * np.abs(slope).max()
    )


def test_an_estimated_covariance_counts_twice(predictor, data, space, truth):
    """Goodness of fit takes the unbiased inverse, errors take the noise of the covariance too."""
    estimated = inference.DataVector(
        data.observables, data.values, data.covariance, n_realisation=30
    )
    u = np.asarray(space.to_unbounded(truth))
    exact = FitProblem(predictor, data, space).evaluate(u)
    at = FitProblem(predictor, estimated, space).evaluate(u)
    assert at.data_chi2 / exact.data_chi2 == pytest.approx((30 - 10 - 2) / 29)
    b = 18 / (19 * 16)
    np.testing.assert_allclose(exact.fisher / at.fisher, 29 * (1 + 7 * b) / 22, rtol=1e-6)


@pytest.mark.parametrize("seed", range(6))
def test_constrained_step_against_a_general_minimiser(seed):
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
