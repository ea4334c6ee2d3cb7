from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import chi2

from halograd.inference import Curvature, Sample
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


def test_several_minima_and_a_saddle_are_named(case):
    space = case.predictor.model.space
    higher = [step._replace(chi2=step.chi2 + 9) for step in case.result.steps]
    other = replace(case.result, steps=higher, theta={**case.result.theta, "height": 9.5})
    (alert,) = fit_alerts(case.result, space, [case.result, other])
    assert "χ² has 2 minima: 1 of 2 starts" in alert
    fisher = np.linalg.inv(case.result.covariance)
    saddle = Curvature(-fisher, fisher, case.result.free)
    alerts = fit_alerts(replace(case.result, curvature=saddle), space)
    assert len(alerts) == 3
    assert all("a saddle" in alert for alert in alerts)


def test_errors_that_differ_are_named(case):
    fisher = np.linalg.inv(case.result.covariance)
    space = case.predictor.model.space
    near, apart = (Curvature(c * fisher, fisher, case.result.free) for c in (1.1, 4.0))
    assert fit_alerts(replace(case.result, curvature=near), space) == []
    (alert,) = fit_alerts(replace(case.result, curvature=apart), space)
    assert "sample the posterior" in alert
    assert "slope" in alert


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
