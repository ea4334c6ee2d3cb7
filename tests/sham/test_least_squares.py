from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from halograd.sham.least_squares import Expansion, implicit_solution, minimise

TIMES = np.linspace(0.0, 3.0, 12)


def residual_of(theta):
    """An exponential and an offset against data that they cannot meet."""

    def residual(params):
        data = theta[0] * np.exp(-TIMES) + theta[1] * np.sin(4 * TIMES)
        return jnp.concatenate([jnp.exp(-params[0] * TIMES) * params[1] - data, 0.01 * params])

    return residual


def solve(theta, steps=60):
    frozen = residual_of(jax.lax.stop_gradient(theta))

    def expand(params):
        r, jacobian = frozen(params), jax.jacfwd(frozen)(params)
        hessian = jax.hessian(lambda p: 0.5 * jnp.sum(frozen(p) ** 2))(params)
        return Expansion(r, jacobian, hessian - jacobian.T @ jacobian)

    minimum = minimise(expand, jnp.array([0.3, 1.0]), steps=steps, tolerance=1e-11)
    return minimum, implicit_solution(minimum, residual_of(theta))


@pytest.mark.parametrize("wrap", [jax.jacfwd, jax.jacrev])
def test_derivative_of_the_minimum_counts_the_curvature(wrap):
    """The residual does not vanish, so Gauss–Newton alone would be wrong."""
    with jax.enable_x64(True):
        theta, step = jnp.array([2.0, 0.7]), 1e-5
        params = jax.jit(lambda t: solve(t)[1])
        got = jax.jit(wrap(lambda t: solve(t)[1]))(theta)
        steps = [(params(theta + e) - params(theta - e)) / (2 * step) for e in np.eye(2) * step]
        np.testing.assert_allclose(got, np.stack(steps, axis=1), rtol=1e-6, atol=1e-9)


def test_the_gradient_vanishes_at_the_minimum():
    with jax.enable_x64(True):
        minimum, _ = jax.jit(solve)(jnp.array([2.0, 0.7]))
        at = minimum.expansion
        assert np.abs(at.jacobian.T @ at.residual).max() < 1e-9
        assert at.residual @ at.residual > 0.1
        assert minimum.n_step < 40


def test_out_of_steps_returns_the_best_met():
    with jax.enable_x64(True):
        theta = jnp.array([2.0, 0.7])
        few, many = (jax.jit(partial(solve, steps=n))(theta)[0] for n in (3, 60))
        assert few.n_step == 3
        assert many.cost() * (1 - 1e-12) <= few.cost() < np.inf


@pytest.mark.slow
def test_a_batch_with_different_numbers_of_steps():
    with jax.enable_x64(True):
        theta = jnp.array([[2.0, 0.7], [0.5, 0.0]])
        batch = jax.jit(jax.vmap(lambda t: solve(t)[1]))(theta)
        for row, t in zip(batch, theta, strict=True):
            np.testing.assert_allclose(row, solve(t)[1], atol=1e-9)
