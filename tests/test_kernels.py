import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from halograd.errors import HalogradError
from halograd.kernels import interval_probability, kernel

NAMES = ["triweight", "normal"]


def triweight_pdf(u):
    return 35 / 96 * max(0.0, 1 - (u / 3) ** 2) ** 3


@pytest.mark.parametrize("name", NAMES)
def test_density_has_unit_integral_and_unit_variance(name):
    shape = kernel(name)
    u = np.linspace(-8, 8, 40001)
    pdf = np.asarray(shape.pdf(u))
    assert integrate.simpson(pdf, x=u) == pytest.approx(1, abs=1e-6)
    assert integrate.simpson(pdf * u**2, x=u) == pytest.approx(1, abs=1e-5)


def test_triweight_against_its_definition():
    edges = [(-2.9, -2.5), (-3.5, 0.2), (2.6, 2.61), (-1, 1), (2.99, 4), (3.1, 5)]
    for low, high in edges:
        oracle = integrate.quad(triweight_pdf, low, high, points=[-3, 3], epsabs=0)[0]
        assert float(kernel("triweight").interval(low, high)) == pytest.approx(oracle, rel=3e-6)


@settings(deadline=None, max_examples=100)
@given(low=st.floats(-9, 9, width=32), width=st.floats(2**-10, 20, width=32))
def test_normal_interval_keeps_relative_precision_in_the_tails(low, width):
    low, high = np.float32(low), np.float32(low + np.float32(width))
    near, far = sorted((abs(low), abs(high)))
    straddles = low < 0 < high
    oracle = (
        stats.norm.cdf(high) - stats.norm.cdf(low)
        if straddles
        else stats.norm.sf(near) - stats.norm.sf(far)
    )
    got = float(kernel("normal").interval(low, high))
    assert got == pytest.approx(oracle, rel=3e-5)


@settings(deadline=None, max_examples=100)
@given(low=st.floats(-4, 4, width=32), width=st.floats(0, 5, width=32))
def test_triweight_interval_is_a_probability(low, width):
    value = float(kernel("triweight").interval(low, low + width))
    assert 0 <= value <= 1 + 1e-6
    if low >= 3 or low + width <= -3:
        assert value == 0


@pytest.mark.parametrize("name", NAMES)
def test_infinite_edges(name):
    shape = kernel(name)
    assert float(shape.interval(-np.inf, np.inf)) == pytest.approx(1, abs=1e-6)
    assert float(shape.cdf(np.inf)) == pytest.approx(1, abs=1e-6)
    assert float(shape.cdf(-np.inf)) == 0
    assert float(shape.cdf(0.0)) == pytest.approx(0.5, abs=1e-6)
    assert float(shape.pdf(np.inf)) == 0
    gradient = jax.grad(lambda u: shape.interval(-jnp.inf, u))(0.7)
    assert gradient == pytest.approx(float(shape.pdf(0.7)))


@pytest.mark.parametrize("name", NAMES)
def test_nodes_integrate_against_the_density(name):
    shape = kernel(name)
    u, weight = shape.nodes(16)
    oracle = integrate.quad(lambda v: float(shape.pdf(v)) * np.exp(2 * v), -9, 9, limit=200)[0]
    assert weight.sum() == pytest.approx(1)
    assert weight @ np.exp(2 * u) == pytest.approx(oracle, rel=1e-5)


def test_unknown_name():
    with pytest.raises(HalogradError, match="'normal', 'triweight'"):
        kernel("gaussian")


@pytest.mark.parametrize("name", NAMES)
def test_probabilities_of_adjoining_samples_sum_to_one(name):
    edges = np.array([-np.inf, 9.8, 10.2, 10.6, np.inf])
    mean = np.linspace(8, 12, 41)[:, None]
    for sigma in (0.0, 1e-9, 0.01, 0.3):
        parts = interval_probability(mean, sigma, edges[:-1], edges[1:], name)
        assert parts.shape == (41, 4)
        np.testing.assert_allclose(parts.sum(axis=1), 1, atol=2e-6)


def test_zero_scatter_is_the_half_open_step():
    mean = np.array([9.99, 10.0, 10.5, 11.0])
    step = interval_probability(mean, 0.0, 10.0, 11.0, "triweight")
    np.testing.assert_array_equal(step, [0, 1, 1, 0])
    narrow = interval_probability(mean, 1e-4, 10.0, 11.0, "normal")
    np.testing.assert_allclose(narrow, [0, 0.5, 1, 0.5], atol=2e-3)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("sigma", [0.0, 1e-5, 0.02, 0.3])
def test_gradients_are_finite_everywhere(name, sigma):
    mean = jnp.array([5.0, 9.1, 10.0, 10.9, 11.0, 50.0])
    for low, high in [(10.0, 11.0), (-jnp.inf, 11.0), (10.0, jnp.inf), (-jnp.inf, jnp.inf)]:

        def total(mu, s, low=low, high=high):
            return interval_probability(mu, s, low, high, name).sum()

        d_mean, d_sigma = jax.grad(total, (0, 1))(mean, jnp.asarray(sigma))
        assert np.isfinite(d_mean).all()
        assert np.isfinite(d_sigma)
        if sigma == 0:
            assert d_sigma == 0
            assert (d_mean == 0).all()


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_gradient_against_finite_differences(name):
    with jax.enable_x64(True):

        def total(theta):
            return interval_probability(theta[0], theta[1], theta[2], 11.0, name)

        theta, step = jnp.array([10.3, 0.25, 10.1]), 1e-6
        grad = jax.jit(jax.grad(total))
        gradient, hessian = grad(theta), jax.jit(jax.hessian(total))(theta)
        for i, e in enumerate(np.eye(3) * step):
            numeric = (total(theta + e) - total(theta - e)) / (2 * step)
            assert gradient[i] == pytest.approx(float(numeric), abs=1e-8)
            row = (grad(theta + e) - grad(theta - e)) / (2 * step)
            np.testing.assert_allclose(hessian[i], row, atol=1e-6)
