import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.integrate import quad

from halograd.errors import HalogradError
from halograd.stats import interval_weights, sample_weights


def density(m, mean, scatter, kernel):
    u = (m - mean) / scatter
    if kernel == "normal":
        return np.exp(-0.5 * u**2) / np.sqrt(2 * np.pi) / scatter
    return 35 / 96 * max(0.0, 1 - (u / 3) ** 2) ** 3 / scatter


@pytest.mark.parametrize("kernel", ["triweight", "normal"])
def test_weights_are_the_integral_of_the_kernel(kernel):
    mean, scatter = np.array([9.0, 10.2, 10.9, 11.4]), np.array([0.4, 0.3, 0.05, 0.2])
    edges = np.array([10.0, 10.5, 11.0])
    weights = sample_weights(mean, scatter, edges, kernel)
    assert weights.shape == (4, 2)
    for i, (mu, sigma) in enumerate(zip(mean, scatter, strict=True)):
        for b, (low, high) in enumerate(zip(edges[:-1], edges[1:], strict=True)):
            inside = [p for p in (mu - 3 * sigma, mu, mu + 3 * sigma) if low < p < high]
            expected = quad(density, low, high, (mu, sigma, kernel), points=inside or None)[0]
            assert abs(weights[i, b] - expected) < 1e-6


def test_open_edges_share_out_every_galaxy():
    mean = jnp.linspace(8.0, 12.5, 50)
    weights = sample_weights(mean, 0.3, jnp.array([-jnp.inf, 10.0, 10.5, jnp.inf]))
    np.testing.assert_allclose(weights.sum(axis=1), 1.0, rtol=1e-6)


def test_thresholds_may_overlap():
    mean = jnp.array([10.2, 10.7])
    weights = interval_weights(mean, 0.2, [9.8, 10.2], [np.inf, np.inf])
    assert (weights[:, 0] >= weights[:, 1]).all()
    np.testing.assert_allclose(weights[0, 1], 0.5, rtol=1e-6)


def test_zero_scatter_gives_sharp_samples_with_finite_gradients():
    mean = jnp.array([9.9, 10.0, 10.49, 10.5])
    edges = jnp.array([10.0, 10.5])
    np.testing.assert_array_equal(sample_weights(mean, 0.0, edges)[:, 0], [0, 1, 1, 0])
    slopes = jax.grad(lambda m, s: sample_weights(m, s, edges).sum(), argnums=(0, 1))(mean, 0.0)
    assert all(np.isfinite(s).all() for s in slopes)


def test_tiny_scatter_agrees_with_zero_away_from_the_edges():
    mean = jnp.array([9.9, 10.2, 10.6])
    edges = jnp.array([10.0, 10.5])
    np.testing.assert_allclose(
        sample_weights(mean, 1e-4, edges), sample_weights(mean, 0.0, edges), atol=1e-7
    )


@pytest.mark.parametrize("kernel", ["triweight", "normal"])
@pytest.mark.parametrize("scatter", [0.3, 0.02])
def test_gradients_against_finite_differences(kernel, scatter):
    edges = np.array([10.0, 10.4, np.inf])
    mean = np.array([9.5, 9.98, 10.0, 10.2, 10.39, 10.9, 12.0])
    with jax.enable_x64(True):

        def loss(mean, scatter):
            return jnp.sum(jnp.sin(sample_weights(mean, scatter, edges, kernel)))

        step = 1e-6
        exact = jax.grad(loss, argnums=1)(mean, scatter)
        slope = (loss(mean, scatter + step) - loss(mean, scatter - step)) / (2 * step)
        np.testing.assert_allclose(exact, slope, rtol=1e-6, atol=1e-8)
        exact = jax.grad(loss)(jnp.asarray(mean), scatter)
        for i, shift in enumerate(np.eye(len(mean)) * step):
            slope = (loss(mean + shift, scatter) - loss(mean - shift, scatter)) / (2 * step)
            np.testing.assert_allclose(exact[i], slope, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([10.0], -0.1, [9.0, 10.0]), "0 or positive"),
        (([10.0], np.nan, [9.0, 10.0]), "0 or positive"),
        (([10.0], 0.1, [10.0, 9.0]), "increase"),
        (([10.0], 0.1, [9.0, np.nan]), "increase"),
        (([10.0], 0.1, [9.0]), "two numbers"),
        (([[10.0]], 0.1, [9.0, 10.0]), "shape"),
        (([10.0], [0.1, 0.2], [9.0, 10.0]), "shape"),
        (([10.0], 0.1, [9.0, 10.0], "tophat"), "tophat"),
    ],
)
def test_bad_input(arguments, message):
    with pytest.raises(HalogradError, match=message):
        sample_weights(*map(np.array, arguments[:3]), *arguments[3:])
