import dataclasses

import jax
import numpy as np
import pytest

from halograd import inference, models, stats
from halograd.errors import HalogradError
from oracles.toy_universe import toy_universe


def test_parts_are_the_statistics(predictor, observables, truth):
    halos = toy_universe()
    prediction = predictor(truth)
    columns = {"log_mpeak": halos.log_mpeak}
    weights = predictor.model.weights(truth, columns, observables.samples)
    np.testing.assert_allclose(prediction.n, np.sum(weights, axis=0) / 60.0**3, rtol=1e-5)
    np.testing.assert_allclose(
        prediction.wp, stats.wp(weights, predictor.pairs), rtol=1e-5, atol=1e-5
    )
    profiles = stats.delta_sigma_profiles(halos.positions, halos.particles, observables.r_edges)
    np.testing.assert_allclose(
        prediction.delta_sigma[0], stats.delta_sigma(weights[:, 1], profiles), rtol=1e-4
    )


def test_jacobian_against_finite_differences(predictor, truth):
    with jax.enable_x64(True):
        vector, jacobian = predictor.value_and_jacobian(truth)
        np.testing.assert_allclose(vector, predictor(truth).vector, rtol=1e-12)
        for name, step in (("log_m_crit", 1e-5), ("log_ratio_crit", 1e-5), ("scatter_high", 1e-5)):
            up, down = (predictor({**truth, name: truth[name] + s}).vector for s in (step, -step))
            slope = (up - down) / (2 * step)
            np.testing.assert_allclose(
                jacobian[name], slope, rtol=1e-5, atol=1e-6 * np.abs(slope).max()
            )


def test_reverse_mode_agrees_with_forward(predictor, truth):
    names = tuple(truth)
    values = np.array(list(truth.values()), np.float32)

    def vector(values):
        return predictor(dict(zip(names, values, strict=True))).vector

    np.testing.assert_allclose(
        jax.jacrev(vector)(values), jax.jacfwd(vector)(values), rtol=2e-3, atol=1e-3
    )


def test_empty_samples_are_named_and_finite(predictor):
    theta = {"log_ratio_crit": -4.5, "scatter_low": 0.02, "scatter_high": 0.02}
    assert len(predictor.empty_samples(theta)) == 2
    vector, jacobian = predictor.value_and_jacobian(theta)
    np.testing.assert_array_equal(vector, 0.0)
    assert all(np.isfinite(column).all() for column in jacobian.values())
    assert predictor.empty_samples({}) == ()


def test_profiles_may_be_given(predictor, observables, truth):
    halos = dataclasses.replace(toy_universe(), particles=None)
    with pytest.raises(HalogradError, match="matter around the halos"):
        inference.Predictor(halos, models.SmhmModel(), observables)
    again = inference.Predictor(halos, models.SmhmModel(), observables, profiles=predictor.profiles)
    np.testing.assert_array_equal(again(truth).vector, predictor(truth).vector)
    with pytest.raises(HalogradError, match="shape"):
        inference.Predictor(halos, models.SmhmModel(), observables, profiles=np.ones((2, 2)))


def test_empty_catalogue(observables):
    with pytest.raises(HalogradError, match="empty"):
        inference.Predictor(toy_universe()[:0], models.SmhmModel(), observables)


@pytest.mark.parametrize("n_halo", [1, 2])
def test_one_or_two_halos(observables, n_halo):
    predictor = inference.Predictor(toy_universe()[:n_halo], models.SmhmModel(), observables)
    vector, jacobian = predictor.value_and_jacobian({})
    assert np.isfinite(vector).all()
    assert all(np.isfinite(column).all() for column in jacobian.values())


def test_unknown_parameter(predictor):
    with pytest.raises(HalogradError, match="unknown parameter"):
        predictor({"log_m_crti": 12.0})
