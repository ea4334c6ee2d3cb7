import numpy as np
import pytest

from halograd import inference, models
from halograd.errors import ConfigError, DataError, HalogradError
from oracles.toy_universe import toy_universe

OFFSET = {"log_m_crit": 11.9, "log_ratio_crit": -1.7, "scatter_high": 0.45}


def test_a_prior_pulls_and_counts_as_information(predictor, data, space, truth):
    free = inference.fit(predictor, data, start=truth, space=space, curvature=False)
    mean, sd = free.theta["log_m_crit"] + 0.1, 0.02
    held = space.replace(log_m_crit={"prior": models.Normal(mean, sd), "value": mean})
    result = inference.fit(predictor, data, space=held, curvature=False)
    pulled = result.theta["log_m_crit"]
    assert free.theta["log_m_crit"] < pulled < mean
    assert result.errors["log_m_crit"] < sd
    assert result.n_data == free.n_data
    assert result.prior_chi2 == pytest.approx(((pulled - mean) / sd) ** 2, rel=1e-3)
    assert result.minimised == pytest.approx(result.chi2 + result.prior_chi2, rel=1e-5)
    assert result.chi2 > free.chi2


def test_infinite_errors_are_explained(predictor, data, space, truth):
    loose = data.covariance.copy()
    loose[1:, 1:] *= 1e14  # all but one number are as good as not measured
    loose[0, 1:] = loose[1:, 0] = 0
    one = inference.DataVector(data.observables, data.values, loose)
    result = inference.fit(predictor, one, start=truth, space=space, max_steps=3, curvature=False)
    assert np.isinf(list(result.errors.values())).any()
    assert "the data say nothing along (" in result.reason
    assert result.reason.endswith("fix one of these parameters, or give it a prior")
    known = inference.fit(predictor, data, start=truth, space=space, max_steps=3, curvature=False)
    assert "say nothing" not in known.reason


def test_a_parameter_driven_to_its_bound_is_named(predictor, data, space, truth):
    walled = space.replace(log_m_crit={"low": 11.8, "value": 11.9})
    result = inference.fit(predictor, data, space=walled, max_steps=40, curvature=False)
    assert result.at_bounds == {"log_m_crit": 11.8}
    free = inference.fit(predictor, data, start=truth, space=space, curvature=False)
    assert not free.at_bounds


def test_at_a_bound_the_others_end_where_a_fit_without_it_ends(predictor, data, space):
    walled = space.replace(log_m_crit={"low": 11.8, "value": 11.9})
    result = inference.fit(predictor, data, space=walled, curvature=False)
    assert result.converged
    assert result.reason.endswith("bounds hold log_m_crit at 11.8, beyond which χ² is lower")
    fixed = space.replace(log_m_crit={"value": 11.8, "free": False})
    held = inference.fit(predictor, data, space=fixed, curvature=False)
    assert result.minimised == pytest.approx(held.minimised, abs=0.05)
    for name, error in held.errors.items():
        assert abs(result.theta[name] - held.theta[name]) < 0.2 * error


@pytest.mark.parametrize(
    "start", [{"scatter_high": 0.799999}, {"scatter_high": 0.010001}, {"log_m_crit": 15.99999}]
)
def test_a_start_at_a_bound_is_no_minimum(predictor, data, space, truth, start):
    best = inference.fit(predictor, data, start=truth, space=space, curvature=False)
    result = inference.fit(predictor, data, start={**truth, **start}, space=space, curvature=False)
    assert result.converged
    assert not result.at_bounds
    assert "bounds hold" not in result.reason
    assert result.minimised == pytest.approx(best.minimised, abs=0.1)


def test_a_model_without_galaxies_is_no_minimum(predictor, data, space):
    start = {"log_ratio_crit": -4.9, "scatter_high": 0.02}
    fixed = space.replace(scatter_low={"value": 0.02}, scatter_high={"free": False, "value": 0.02})
    result = inference.fit(predictor, data, start=start, space=fixed, curvature=False)
    assert not result.converged
    assert result.status == "stalled"
    assert result.reason.endswith("no number answers to any parameter, as without galaxies")


@pytest.mark.parametrize(("method", "steps"), [("levenberg-marquardt", 40), ("l-bfgs", 80)])
def test_truth_is_recovered(predictor, data, space, truth, method, steps):
    result = inference.fit(
        predictor, data, start=OFFSET, space=space, method=method, max_steps=steps
    )
    assert result.converged
    assert set(result.errors) == set(truth)
    for name, error in result.errors.items():
        assert abs(result.theta[name] - truth[name]) < 3.5 * error
        assert 0 < error < 1
    assert result.degrees_of_freedom == 7
    assert result.chi2 < 25
    assert result.steps[0].chi2 > 2 * result.chi2


def test_adam_reaches_the_same_minimum(predictor, data, space):
    exact = inference.fit(predictor, data, start=OFFSET, space=space)
    adam = inference.fit(predictor, data, start=OFFSET, space=space, method="adam", max_steps=150)
    for name, error in exact.errors.items():
        assert abs(adam.theta[name] - exact.theta[name]) < 0.2 * error


def test_too_few_steps_is_a_status_not_an_exception(predictor, data, space):
    result = inference.fit(predictor, data, start=OFFSET, space=space, max_steps=2)
    assert not result.converged
    assert result.status == "out of steps"
    assert "after 2 steps" in result.reason


def test_errors_are_the_scatter_of_fits_to_noise(predictor, observables, data, space, truth):
    """Fisher errors against the spread of best fits over noise realisations."""
    noiseless = predictor(truth)
    pulls = []
    for seed in range(12):
        noisy = inference.synthesize(seed, noiseless, observables, data.covariance)
        result = inference.fit(
            predictor, noisy, start=truth, space=space, max_steps=30, curvature=False
        )
        pulls += [(result.theta[n] - truth[n]) / e for n, e in result.errors.items()]
    assert 0.6 < np.std(pulls) < 1.5


def test_bad_calls(predictor, data, space):
    with pytest.raises(ConfigError, match="levenberg-marquardt"):
        inference.fit(predictor, data, space=space, method="newton")
    with pytest.raises(HalogradError, match="unknown parameter"):
        inference.fit(predictor, data, start={"mass": 1.0}, space=space)
    fixed = space.replace(**{p.name: {"free": False} for p in space.free})
    with pytest.raises(DataError, match="every parameter is fixed"):
        inference.fit(predictor, data, space=fixed)
    other = inference.Observables(n=[(10.0, 10.5)])
    wrong = inference.DataVector(other, [1.0], np.eye(1))
    with pytest.raises(DataError, match="same observables"):
        inference.fit(predictor, wrong, space=space)


def test_a_start_without_finite_chi2(observables, predictor, data, space):
    broken = inference.Predictor(
        toy_universe(),
        predictor.model,
        observables,
        profiles=np.full_like(predictor.profiles, np.nan),
    )
    with pytest.raises(HalogradError, match="choose another start"):
        inference.fit(broken, data, space=space)
