import jax
import jax.numpy as jnp
import numpy as np

from halograd.sham.least_squares import implicit_solution, minimise

TIMES = np.linspace(0.0, 3.0, 20)


def residual_of(data):
    return lambda p: p[0] * jnp.exp(-p[1] * TIMES) - data


def solved(data):
    frozen = residual_of(jax.lax.stop_gradient(data))
    jacobian = jax.jacfwd(frozen)
    p = minimise(frozen, jacobian, jnp.array([1.0, 0.1]), steps=25)
    return implicit_solution(p, residual_of(data), jacobian(p))


def test_recovers_a_nonlinear_model_and_its_derivative():
    with jax.enable_x64(True):

        def curve(truth):
            return truth[0] * jnp.exp(-truth[1] * TIMES)

        truth = jnp.array([3.0, 1.4])
        np.testing.assert_allclose(jax.jit(solved)(curve(truth)), truth, rtol=1e-9)
        for jacobian in (jax.jacfwd, jax.jacrev):
            got = jax.jit(jacobian(lambda t: solved(curve(t))))(truth)
            np.testing.assert_allclose(got, np.eye(2), atol=1e-7)


def test_a_start_where_full_steps_diverge():
    """Newton's steps for arctan overshoot without bound from p = 3."""
    found = minimise(jnp.arctan, jax.jacfwd(jnp.arctan), jnp.array([3.0]), steps=30)
    assert abs(float(found[0])) < 1e-5
