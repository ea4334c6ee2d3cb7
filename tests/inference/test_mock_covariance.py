import jax
import numpy as np
import pytest

from halograd import inference
from halograd.errors import HalogradError
from halograd.models.draw import Occupation
from halograd.predict.covariance import MockStatistics
from oracles.toy_universe import toy_universe

N_MOCK = 300


@pytest.fixture(scope="module")
def covariance(predictor, observables, truth):
    done = []
    matrix = inference.mock_covariance(
        toy_universe(),
        predictor.model,
        observables,
        truth,
        n_mock=N_MOCK,
        profiles=predictor.profiles,
        on_mock=done.append,
    )
    assert done == list(range(1, N_MOCK + 1))
    return matrix


def weights(predictor, truth):
    return np.asarray(predictor.weights(truth), np.float64)


def draws(seed, n_mock, predictor, truth, layout):
    """Galaxies of each sample on each halo, as the covariances draw them."""
    galaxies = Occupation(predictor.model, truth, predictor.columns, layout.samples)
    for key in jax.random.split(jax.random.key(seed), n_mock):
        yield galaxies.draw(key)


def test_scatter_of_n_is_that_of_independent_draws(covariance, predictor, truth):
    """Each halo's galaxy lies in a sample or not: multinomial, halo by halo."""
    w = weights(predictor, truth)
    exact = (np.diag(w.sum(axis=0)) - w.T @ w) / predictor.volume**2
    noise = np.sqrt((exact**2 + np.outer(*[np.diag(exact)] * 2)) / N_MOCK)
    assert (np.abs(covariance[:2, :2] - exact) < 4 * noise).all()


def test_mean_of_mocks_is_the_prediction(predictor, observables, truth, covariance):
    measure = MockStatistics(toy_universe(), observables, predictor.profiles)
    mocks = draws(3, 100, predictor, truth, observables)
    vectors = np.array([measure(galaxies) for galaxies in mocks])
    apart = vectors.mean(axis=0) - np.asarray(predictor(truth).vector)
    # wp and ΔΣ are ratios, whose means are biased by a fraction of their scatter.
    pull = apart / np.sqrt(np.diag(covariance) / 100)
    assert np.abs(pull[:2]).max() < 4
    assert np.abs(apart / np.sqrt(np.diag(covariance))).max() < 0.5


def test_a_seed_gives_one_covariance(predictor, observables, truth):
    arguments = (toy_universe(), predictor.model, observables, truth)
    one, same, other = (
        inference.mock_covariance(*arguments, n_mock=3, seed=s, profiles=predictor.profiles)
        for s in (1, 1, 2)
    )
    np.testing.assert_array_equal(one, same)
    assert (one != other).any()


def test_bad_input(predictor, observables, truth):
    halos, model = toy_universe(), predictor.model
    with pytest.raises(HalogradError, match="n_mock of 2 or more, got 1"):
        inference.mock_covariance(halos, model, observables, truth, n_mock=1)
    empty = inference.Observables(n=[(15.0, 16.0), (10.0, 10.5)])
    with pytest.raises(HalogradError, match="1 of 2 numbers have no scatter"):
        inference.mock_covariance(halos, model, empty, truth, n_mock=3)
    with pytest.raises(HalogradError, match="n_mock of 1 or more"):
        inference.jackknife_covariance(halos, model, observables, truth, n_mock=0)


@pytest.mark.slow
def test_jackknife_is_that_of_the_drawn_galaxies(predictor, observables, truth):
    from halograd import stats

    halos = toy_universe()
    matrix = inference.jackknife_covariance(
        halos, predictor.model, observables, truth, n_side=(3, 3, 2), profiles=predictor.profiles
    )
    (galaxies,) = draws(0, 1, predictor, truth, observables)
    jackknife = stats.Jackknife(
        halos.positions, halos.boxsize, observables.rp_edges, observables.pi_max, n_side=(3, 3, 2)
    )
    full = np.asarray(jackknife.covariance(galaxies, predictor.profiles))
    # n and wp of both samples come first; of ΔΣ only the second sample is wanted.
    rows = [*range(8), 10, 11]
    np.testing.assert_allclose(matrix, full[np.ix_(rows, rows)], rtol=1e-5, atol=1e-12)


@pytest.mark.slow
def test_jackknife_without_wp_and_averaged(predictor, truth):
    layout = inference.Observables(n=[(10.0, 10.5)])
    halos = toy_universe()
    averaged, *each = (
        inference.jackknife_covariance(
            halos, predictor.model, layout, truth, n_side=3, n_mock=n_mock, seed=4
        )
        for n_mock in (2, 1)
    )
    counts = [np.asarray(mock)[:, 0] for mock in draws(4, 2, predictor, truth, layout)]
    cells = np.ravel_multi_index(
        np.floor(halos.positions / 20.0).astype(int).clip(0, 2).T, (3, 3, 3)
    )
    volume = 60.0**3 * 26 / 27

    def leave_one_out(galaxies):
        n = (galaxies.sum() - np.bincount(cells, galaxies, 27)) / volume
        return 26 / 27 * np.sum((n - n.mean()) ** 2)

    expected = np.mean([leave_one_out(galaxies) for galaxies in counts])
    np.testing.assert_allclose(averaged, [[expected]], rtol=1e-4)
    assert each[0] != averaged
