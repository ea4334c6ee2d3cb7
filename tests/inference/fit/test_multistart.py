import numpy as np
import pytest

from halograd import inference, models
from halograd.errors import HalogradError
from oracles.toy_universe import toy_universe

N_ONLY = inference.Observables(n=[(9.0, 11.0)])


@pytest.fixture(scope="module")
def bin_of_mass():
    """The density of one bin of stellar mass: a relation too low and one too high fit it alike."""
    predictor = inference.Predictor(toy_universe(), models.SmhmModel(), N_ONLY)
    fixed = {p.name: {"free": False} for p in predictor.model.space.parameters}
    fixed["log_ratio_crit"] = {"low": -4.0, "high": -0.3, "value": -2.0}
    space = predictor.model.space.replace(**fixed)
    n = np.asarray(predictor({"log_ratio_crit": -2.6}).n)
    return predictor, inference.DataVector(N_ONLY, n, np.diag((0.02 * n) ** 2)), space


def ends(bin_of_mass, n_start):
    predictor, data, space = bin_of_mass
    return [
        inference.fit(predictor, data, start=start, space=space, max_steps=60, curvature=False)
        for start in inference.latin_hypercube_starts(space, n_start, seed=3)
    ]


def test_both_minima_are_found_and_reported(bin_of_mass):
    results = ends(bin_of_mass, 6)
    minima = inference.distinct_minima(results)
    assert len(minima) == 2
    members = sorted(i for minimum in minima for i in minimum.members)
    assert members == [i for i, result in enumerate(results) if result.converged]
    places = sorted(minimum.result.theta["log_ratio_crit"] for minimum in minima)
    assert places[0] == pytest.approx(-2.6, abs=0.05)
    assert places[1] == pytest.approx(-0.3, abs=1e-4)
    sentences = inference.minima_sentences(results)
    assert "χ² has 2 minima" in sentences[0]


def test_one_start_or_one_minimum_says_nothing(bin_of_mass):
    predictor, data, space = bin_of_mass
    one = inference.fit(predictor, data, start={"log_ratio_crit": -2.7}, space=space)
    near = inference.fit(predictor, data, start={"log_ratio_crit": -2.5}, space=space)
    assert inference.minima_sentences([one]) == []
    assert inference.minima_sentences([one, near]) == []
    assert inference.distinct_minima([one, near])[0].members == (0, 1)


def test_the_best_converged_one_is_best(bin_of_mass):
    predictor, data, space = bin_of_mass
    good = inference.fit(predictor, data, start={"log_ratio_crit": -2.7}, space=space)
    short = inference.fit(predictor, data, start={"log_ratio_crit": -1.9}, space=space, max_steps=1)
    assert inference.best_of([short, good]) is good
    assert inference.best_of([short]) is short
    assert "1 of 2 starts did not converge" in inference.minima_sentences([short, good])[0]


def test_starts_fill_the_prior(space):
    free = [p for p in space.free if p.name != "log_m_crit"]
    prior = models.Normal(11.9, 0.2)
    space = space.replace(log_m_crit={"prior": prior})
    starts = inference.latin_hypercube_starts(space, 40, seed=1)
    assert starts == inference.latin_hypercube_starts(space, 40, seed=1)
    assert starts != inference.latin_hypercube_starts(space, 40, seed=2)
    for p in free:
        share = (np.array([start[p.name] for start in starts]) - p.low) / (p.high - p.low)
        assert 0.019 < share.min() < 0.06
        assert 0.94 < share.max() < 0.981
    normal = np.array([start["log_m_crit"] for start in starts])
    assert abs(normal.mean() - 11.9) < 0.02
    assert 0.15 < normal.std() < 0.22
    assert all(start["low_end"] == space.defaults["low_end"] for start in starts)


def test_starts_need_a_prior_that_can_be_drawn_from(space):
    open_ended = space.replace(log_m_crit={"high": np.inf})
    with pytest.raises(HalogradError, match="log_m_crit"):
        inference.latin_hypercube_starts(open_ended, 3)
    with pytest.raises(HalogradError, match="0 or more"):
        inference.latin_hypercube_starts(space, -1)
    assert inference.latin_hypercube_starts(open_ended, 0) == []
