from dataclasses import replace

import numpy as np
import pytest

from halograd.report.parameter_table import fit_rows, model_rows, with_error


@pytest.mark.parametrize(
    ("value", "error", "text"),
    [
        (10.61234, 0.0123, "10.612 ± 0.012"),
        (-2.3, 0.5, "-2.30 ± 0.50"),
        (1234.5, 56.0, "1234 ± 56"),
        (0.1, np.inf, "0.1 (unconstrained)"),
        (0.1, np.nan, "0.1 (unconstrained)"),
        (1.0, 3e-12, "1 ± 3e-12"),
        (1.0, 0.0, "1 ± 0"),
    ],
)
def test_two_digits_of_the_error(value, error, text):
    assert with_error(value, error) == text


def test_pulls_and_distance(case, with_errors):
    parameters = case.predictor.model.space.parameters
    result = with_errors(height=0.01, slope=0.001, scatter=np.inf)
    rows = {r.name: r for r in fit_rows(result, parameters, {"height": 10.6, "slope": 1.1})}
    assert (rows["height"].pull, rows["height"].is_far) == ("+2.00", False)
    assert (rows["slope"].pull, rows["slope"].is_far) == ("−30.00", True)
    assert rows["scatter"].value == "0.24 (unconstrained)"
    assert (rows["scatter"].truth, rows["scatter"].pull) == ("", "")


def test_model_rows_have_no_error(case):
    rows = model_rows(case.best.theta, case.predictor.model.space.parameters)
    assert [(row.name, row.value) for row in rows][1] == ("slope", "1.07")


def test_why_a_parameter_has_no_error(case):
    slope, scatter = (p for p in case.predictor.model.space.parameters if p.name != "height")
    result = replace(case.result, free=("height",), covariance=case.result.covariance[:1, :1])
    rows = fit_rows(result, (slope._replace(free=False), scatter._replace(tied="height")))
    assert rows[0].value.endswith("(fixed)")
    assert rows[1].value.endswith("(tied to height)")
