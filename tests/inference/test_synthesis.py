import numpy as np
import pytest

from halograd.errors import HalogradError
from halograd.inference import Observables, Prediction, survey_covariance, synthesize


def test_noise_follows_the_covariance(predictor, observables, data, truth):
    prediction = predictor(truth)
    draws = np.array(
        [synthesize(s, prediction, observables, data.covariance).values for s in range(2000)]
    )
    np.testing.assert_allclose(draws.std(axis=0), data.errors, rtol=0.1)
    expected = data.covariance / np.outer(data.errors, data.errors)
    np.testing.assert_allclose(np.corrcoef(draws.T), expected, atol=0.12)
    pull = (draws.mean(axis=0) - np.asarray(prediction.vector)) / data.errors * np.sqrt(2000)
    assert np.abs(pull).max() < 4


def test_counting_noise_is_poisson():
    layout = Observables(n=[(10.0, 10.5)], wp=[(10.0, 10.5)], rp_edges=[1.0, 2.0], pi_max=20.0)
    prediction = Prediction({"n": np.array([0.01]), "wp": np.array([[40.0]])})
    covariance = survey_covariance(prediction, layout, volume=1e6, fractional_error=0.0)
    galaxies, cylinder = 1e4, np.pi * 3.0 * 40.0
    pairs = galaxies * 0.01 * cylinder * 2.0  # 1 + wp / 2 pi_max = 2, both orders
    np.testing.assert_allclose(covariance[0, 0], 0.01**2 / galaxies)
    np.testing.assert_allclose(covariance[1, 1], (80.0 * np.sqrt(2 / pairs)) ** 2)


def test_bad_input(predictor, observables, truth):
    with pytest.raises(HalogradError, match="positive"):
        survey_covariance(predictor(truth), observables, volume=-1.0)
    layout = Observables(wp=[(10.0, 10.5)], rp_edges=[1.0, 2.0], pi_max=20.0)
    prediction = Prediction({"wp": np.array([[40.0]])})
    with pytest.raises(HalogradError, match="needs its n"):
        survey_covariance(prediction, layout, volume=1e6)


def test_counting_noise_of_a_sample_made_up_of_bins():
    wp = {"wp": [(10.0, 10.5)], "rp_edges": [1.0, 2.0], "pi_max": 20.0}
    n_of = {(10.0, 10.2): 0.006, (10.2, 10.5): 0.004, (10.5, 11.0): 0.003, (10.0, 10.5): 0.01}

    def wp_variance(bins):
        layout = Observables(n=bins, **wp)
        n = np.array([n_of[b] for b in bins])
        prediction = Prediction({"n": n, "wp": np.array([[40.0]])})
        return survey_covariance(prediction, layout, volume=1e6)[-1, -1]

    parts = [(10.0, 10.2), (10.2, 10.5), (10.5, 11.0)]
    np.testing.assert_allclose(wp_variance(parts), wp_variance([(10.0, 10.5)]))
    with pytest.raises(HalogradError, match="make it up"):
        wp_variance(parts[:1])
