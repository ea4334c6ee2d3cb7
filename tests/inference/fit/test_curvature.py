from types import SimpleNamespace

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from halograd import models
from halograd.inference import Curvature, DataVector, Observables, fit, with_curvature
from halograd.inference.fit.curvature import curvature_at
from halograd.inference.fit.problem import FitProblem

OBSERVABLES = Observables(n=[(10.0, 10.5), (10.5, 11.0), (11.0, 12.0)])


@pytest.mark.slow
def test_hessian_against_forward_over_reverse(predictor, data, space):
    """Away from the minimum, with a prior and a tie."""
    space = space.replace(
        log_m_crit={"prior": models.Normal(11.5, 0.1)},
        scatter_low={"tied": "scatter_high", "offset": 0.05},
    )
    names = [p.name for p in space.free]
    start = np.array([11.4, -1.5, 0.3])
    whitener = data.whitener_for(3)

    def half_chi2(values):
        theta = space.complete(dict(zip(names, values, strict=True)))
        apart = whitener @ (predictor(theta).vector - data.values)
        return (apart @ apart + ((values[0] - 11.5) / 0.1) ** 2) / 2

    with jax.enable_x64(True):
        problem = FitProblem(predictor, data, space)
        at = problem.evaluate(np.asarray(space.to_unbounded(dict(zip(names, start, strict=True)))))
        found = curvature_at(problem, at)
        exact = np.asarray(jax.jacfwd(jax.grad(half_chi2))(jnp.asarray(start)))
    scale = np.sqrt(np.diag(found.fisher))
    assert np.abs(exact / found.fisher - 1).max() > 0.1
    np.testing.assert_allclose(
        found.hessian / np.outer(scale, scale), exact / np.outer(scale, scale), atol=5e-3
    )
    np.testing.assert_allclose(found.hessian, found.hessian.T, rtol=1e-9)


class Quadratic(eqx.Module):
    """n_b = A θ + q (θ - 1)² for two parameters x and y: everything is known about its χ²."""

    matrix: jax.Array
    bend: jax.Array
    observables: Observables = eqx.field(static=True, default=OBSERVABLES)

    @property
    def model(self):
        space = models.ParameterSpace(
            [models.Parameter("x", 0.5, -5.0, 5.0), models.Parameter("y", 0.5, -5.0, 5.0)]
        )
        return SimpleNamespace(space=space)

    def __call__(self, theta):
        values = jnp.stack([jnp.asarray(theta["x"], float), jnp.asarray(theta["y"], float)])
        return self.observables.split(self.matrix @ values + self.bend @ (values - 1) ** 2)

    def value_and_jacobian(self, theta):
        theta = {name: jnp.asarray(value, float) for name, value in theta.items()}
        return self(theta).vector, jax.jacfwd(lambda t: self(t).vector)(theta)


def quadratic(matrix, bend, values):
    data = DataVector(OBSERVABLES, values, np.eye(3))
    return Quadratic(jnp.asarray(matrix, float), jnp.asarray(bend, float)), data


MATRIX = [[1.0, 0.0], [0.0, 2.0], [1.0, 1.0]]


@pytest.mark.parametrize("method", ["levenberg-marquardt", "l-bfgs", "adam"])
def test_a_linear_model_has_a_known_end(method):
    predictor, data = quadratic(MATRIX, np.zeros((3, 2)), [1.0, 4.0, 3.5])
    result = fit(predictor, data, method=method, max_steps=200)
    matrix = np.array(MATRIX)
    expected = np.linalg.lstsq(matrix, data.values, rcond=None)[0]
    found = [result.theta["x"], result.theta["y"]]
    np.testing.assert_allclose(found, expected, atol=0.06)
    np.testing.assert_allclose(result.covariance, np.linalg.inv(matrix.T @ matrix), rtol=1e-4)
    assert result.curvature.errors == pytest.approx(result.errors, rel=1e-3)
    assert result.curvature.sentences == []
    assert result.status == "converged"


def test_hessian_errors_of_a_bent_model():
    """At θ = (1, 1), H = Aᵀ A + 2 diag(qᵀ r)."""
    bend = np.array([[0.3, 0.0], [0.0, 0.2], [0.0, 0.0]])
    rest = np.array([0.5, -0.4, 0.0])
    values = np.array(MATRIX) @ [1.0, 1.0] - rest
    predictor, data = quadratic(MATRIX, bend, values)
    problem = FitProblem(predictor, data, predictor.model.space)
    at = problem.evaluate(np.asarray(problem.space.to_unbounded({"x": 1.0, "y": 1.0})))
    matrix = np.array(MATRIX)
    expected = matrix.T @ matrix + 2 * np.diag(bend.T @ rest)
    np.testing.assert_allclose(curvature_at(problem, at).hessian, expected, rtol=5e-3)


def test_a_saddle_is_said():
    curvature = Curvature(np.array([[1.0, 0.0], [0.0, -0.5]]), np.eye(2), ("alpha", "beta"))
    (sentence,) = curvature.sentences
    assert "beta +1.00" in sentence
    assert "saddle" in sentence
    assert np.isnan(list(curvature.errors.values())).all()


def test_errors_are_infinite_along_a_flat_direction():
    hessian = np.array([[1.0, 1.0, 0.0], [1.0, 1.0, 0.0], [0.0, 0.0, 4.0]])
    curvature = Curvature(hessian, np.diag([1.0, 1.0, 4.0]), ("x", "y", "z"))
    assert curvature.errors == pytest.approx({"x": np.inf, "y": np.inf, "z": 0.5})


def test_a_flat_direction_is_said():
    matrix = [[1.0, 1.0], [2.0, 2.0], [0.5, 0.5]]
    predictor, data = quadratic(matrix, np.zeros((3, 2)), [2.0, 4.0, 1.0])
    (sentence,) = fit(predictor, data).curvature.sentences
    assert "flat" in sentence
    assert "−0.71" in sentence
    assert "+0.71" in sentence


def test_curvature_may_be_had_later():
    predictor, data = quadratic(MATRIX, 0.1 * np.ones((3, 2)), [1.0, 4.0, 3.0])
    result = fit(predictor, data, curvature=False)
    assert result.curvature is None
    later = with_curvature(result, predictor, data, predictor.model.space)
    at_once = fit(predictor, data)
    np.testing.assert_allclose(later.curvature.hessian, at_once.curvature.hessian, rtol=1e-5)
