"""The arithmetic of the published network, on weights that make it predictable."""

import h5py
import jax.numpy as jnp
import numpy as np
import pytest

from halograd.network_training.families import draw, paper_draws
from halograd.network_training.published_network import PublishedNetwork

SIZES = (5, 5, 64, 32, 8, 4, 1)


@pytest.fixture
def package(tmp_path, monkeypatch):
    (tmp_path / "shamnet" / "data").mkdir(parents=True)
    (tmp_path / "shamnet" / "__init__.py").touch()
    rng = np.random.default_rng(4)
    with h5py.File(tmp_path / "shamnet" / "data" / "shamnet_64_32_8_4.31.h5", "w") as file:
        for i, (a, b) in enumerate(zip(SIZES[:-1], SIZES[1:], strict=True)):
            file[f"biases_layer_{i}"] = rng.normal(size=(a, b)).astype(np.float32)
            file[f"weights_layer_{i}"] = rng.normal(size=b).astype(np.float32)
        file["xmin"] = np.array([-7.3, -6.06, 0.2, 0.2, 6.0], np.float32)
        file["xmax"] = np.array([2.7, 3.94, 0.5, 0.5, 16.5], np.float32)
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path / "shamnet"


def test_it_is_the_perceptron_of_the_file(package):
    problem = draw(paper_draws(1, 0, (0.2, 0.5)), 0)
    relation = PublishedNetwork.installed().relation(problem)
    smf, scatter = problem.smf, problem.scatter
    x = np.array([smf.log_phi, smf.alpha, scatter.low, scatter.high, 13.0], float)
    with h5py.File(package / "data" / "shamnet_64_32_8_4.31.h5") as file:
        x = (x - file["xmin"]) / (file["xmax"][()] - file["xmin"])
        for i in range(6):
            x = x @ file[f"biases_layer_{i}"][()] + file[f"weights_layer_{i}"]
            if i < 5:
                x = 1.0507009873554805 * np.where(x > 0, x, 1.6732632423543772 * np.expm1(x))
    want = -5 + 30 / (1 + np.exp(-0.1 * x[0]))
    assert relation(jnp.array([13.0]))[0] == pytest.approx(want, abs=1e-4)


def test_a_line_of_slope_one_beyond_the_halos_of_its_training(package):
    problem = draw(paper_draws(1, 0, (0.2, 0.5)), 0)
    relation = PublishedNetwork.installed().relation(problem)
    mu = relation(jnp.array([8.0, 10.0, 16.0, 17.0]))
    np.testing.assert_allclose([mu[1] - mu[0], mu[3] - mu[2]], [2.0, 1.0], atol=1e-5)


def test_none_where_it_is_not_installed(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert PublishedNetwork.installed() is None
