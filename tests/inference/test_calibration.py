import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from halograd.errors import HalogradError
from halograd.inference import Calibration, Replicate, calibrate
from halograd.inference.uniformity import chi2_p_value, ecdf, ecdf_band, ecdf_p_value

DESIGN = np.array([[1.0, 0.5], [0.0, 1.0], [1.0, -1.0]])
NOISE = 0.7


class LinearPosterior(eqx.Module):
    """N(0, 1) priors, data DESIGN u + noise; `width` claims more or less noise than there is."""

    values: jax.Array
    width: float

    def __call__(self, u):
        residual = (self.values - jnp.asarray(DESIGN, u.dtype) @ u) / (NOISE * self.width)
        return -0.5 * (jnp.sum(residual**2) + jnp.sum(u**2))


def replicate(rng, width=1.0):
    truth = rng.standard_normal(2)
    values = DESIGN @ truth + NOISE * rng.standard_normal(3)
    return Replicate(LinearPosterior(jnp.asarray(values), width), truth)


def overconfident(rng):
    return replicate(rng, 0.35)


@pytest.mark.slow
def test_a_right_posterior_passes():
    found = calibrate(replicate, 40, n_rank=49)
    assert found.names == ("u0", "u1", "log density")
    assert found.ranks.shape == (40, 3)
    assert found.passed
    assert min(found.chi2_p_values.values()) > 1e-3
    assert found.converged.mean() > 0.9


@pytest.mark.slow
def test_an_overconfident_posterior_fails():
    found = calibrate(overconfident, 30, n_rank=49)
    assert not found.passed
    assert found.ecdf_p_values["u0"] < 0.05


def test_ranks_are_those_of_the_exact_posterior():
    """The mean rank over many noise draws at one truth is the share below it, by Bayes exactly."""
    rng = np.random.default_rng(4)
    case = replicate(rng)
    precision = DESIGN.T @ DESIGN / NOISE**2 + np.eye(2)
    mean = np.linalg.solve(precision, DESIGN.T @ np.asarray(case.posterior.values)) / NOISE**2
    sd = np.sqrt(np.diag(np.linalg.inv(precision)))
    found = calibrate(lambda _: case, 12, n_rank=99)
    from scipy.stats import norm

    expected = 99 * norm.cdf((case.truth - mean) / sd)
    np.testing.assert_allclose(found.ranks[:, :2].mean(axis=0), expected, atol=6)


def test_it_goes_on_from_a_checkpoint(tmp_path):
    path = tmp_path / "ranks.h5"
    options = {"n_rank": 49, "checkpoint": path, "belongs_to": "a toy"}
    calibrate(replicate, 2, **options)
    done = []
    resumed = calibrate(replicate, 5, **options, on_progress=done.append)
    assert [progress.done for progress in done] == [3, 4, 5]
    np.testing.assert_array_equal(resumed.ranks, calibrate(replicate, 5, n_rank=49).ranks)
    for changes in ({"belongs_to": "another"}, {"seed": 1}):
        with pytest.raises(HalogradError, match="belongs to another calibration"):
            calibrate(replicate, 5, **options | changes)
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(HalogradError, match="damaged"):
        calibrate(replicate, 5, **options)


def test_the_band_holds_uniform_ranks_as_often_as_it_says():
    rng = np.random.default_rng(1)
    band = ecdf_band(100, 19, level=0.9)
    curves = np.array([ecdf(rng.integers(0, 20, 100), 19) for _ in range(1000)])
    inside = ((curves >= band.low) & (curves <= band.high)).all(axis=1).mean()
    assert 0.86 < inside < 0.95


@pytest.mark.parametrize("test", [ecdf_p_value, chi2_p_value])
def test_uniformity_tests(test):
    rng = np.random.default_rng(2)
    p = np.array([test(rng.integers(0, 20, 100), 19) for _ in range(30)])
    assert 0.3 < p.mean() < 0.75
    assert test(rng.integers(3, 17, 100), 19) < 0.01
    assert test(np.minimum(rng.integers(0, 40, 100), 19), 19) < 1e-3


def test_verdict_counts_how_many_quantities_are_looked_at():
    ranks = np.arange(100)[:, None] % 20
    assert Calibration(("a",), ranks, 19, np.ones(100, bool)).passed
    assert not Calibration(("a",), ranks // 2, 19, np.ones(100, bool)).passed


def test_a_posterior_makes_its_own_replicates(posterior):
    from halograd.inference import replicates

    one, two = (replicates(posterior)(np.random.default_rng(i)) for i in (0, 1))
    assert not np.array_equal(one.posterior.values, two.posterior.values)
    same = replicates(posterior)(np.random.default_rng(0))
    np.testing.assert_array_equal(one.posterior.values, same.posterior.values)
    theta = posterior.theta(jnp.asarray(one.truth, jnp.float32))
    vector = np.asarray(posterior.predictor(theta).vector)
    pulls = posterior.whitener @ (vector - one.posterior.values)
    assert np.abs(pulls).max() < 5
    assert 0.2 < np.std(pulls) < 2
