from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import chi2

from halograd.inference import Sample
from halograd.report.alerts import empty_sample_alerts, fit_alerts, p_value


def test_a_good_fit_raises_none(case):
    assert fit_alerts(case.result, case.predictor.model.space) == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"converged": False}, "did not converge"),
        ({"chi2": 500.0}, "does not describe the data"),
        ({"chi2": 0.1}, "too good"),
        ({"n_data": 3}, "no more data than parameters"),
    ],
)
def test_each_trouble_is_named(case, changes, words):
    (alert,) = fit_alerts(replace(case.result, **changes), case.predictor.model.space)
    assert words in alert


def test_bounds_of_the_given_space_count(case):
    space = case.predictor.model.space.replace(slope={"low": 1.065, "value": 1.2})
    (alert,) = fit_alerts(case.result, space)
    assert "slope sits at its bound 1.065" in alert


def test_one_sided_bound(case):
    space = case.predictor.model.space.replace(slope={"low": 1.065, "high": np.inf})
    assert "1.065" in fit_alerts(case.result, space)[0]


def test_fixed_parameters_may_sit_at_a_bound(case):
    theta = {**case.result.theta, "scatter": 0.01}
    covariance = case.result.covariance[:2, :2]
    result = replace(case.result, theta=theta, free=("height", "slope"), covariance=covariance)
    assert fit_alerts(result, case.predictor.model.space) == []


def test_p_value(case):
    result = replace(case.result, chi2=12.0, n_data=13)
    assert p_value(result) == pytest.approx(chi2.sf(12.0, 10))
    assert p_value(replace(result, n_data=3)) is None


def test_empty_samples_are_named():
    (bin_alert, threshold_alert) = empty_sample_alerts([Sample(10.0, 10.5), Sample(12.0)])
    assert "10 < log M* < 10.5" in bin_alert
    assert "log M* > 12" in threshold_alert
