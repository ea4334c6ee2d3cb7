"""Samples whose galaxies would live below the lightest halo."""

import numpy as np
import pytest

from halograd import catalogs, models, sham
from halograd.models import incomplete_samples
from halograd.models.completeness import incompleteness_sentence
from halograd.samples import Sample
from oracles.many_columns import Crowded

SAMPLES = (Sample(9.0, 9.5), Sample(10.0, 10.5), Sample(10.5), Sample(11.2), Sample())


@pytest.fixture(scope="module")
def whole():
    return catalogs.mock_universe(0, boxsize=80.0, log_mpeak_min=10.5, particles=False)


def part_lost(model, whole, kept):
    n = [
        np.asarray(model.weights(model.space.defaults, halos.columns(model.needs), SAMPLES))
        for halos in (whole, kept)
    ]
    return 1 - n[1].sum(axis=0) / n[0].sum(axis=0)


@pytest.mark.parametrize(
    "cut",
    [pytest.param(11.0, marks=pytest.mark.slow), 11.5, pytest.param(12.0, marks=pytest.mark.slow)],
)
@pytest.mark.parametrize("wrap", [lambda base: base, lambda base: models.Quenched(base)])
def test_the_part_that_a_deeper_catalogue_adds(whole, cut, wrap):
    kept, model = whole[whole.log_mpeak >= cut], wrap(models.SmhmModel())
    found = {one.sample: one for one in incomplete_samples(kept, model, {}, SAMPLES)}
    for sample, lost in zip(SAMPLES[:-1], part_lost(model, whole, kept), strict=False):
        if sample in found:
            assert found[sample].fraction == pytest.approx(lost, abs=0.02)
            assert found[sample].log_mass == pytest.approx(cut, abs=0.01)
        else:
            assert lost < 0.03
    assert SAMPLES[0] in found
    assert Sample() not in found


def test_halos_that_thin_out_before_the_end(whole):
    """A catalogue that loses its light halos is judged from its turnover on."""
    rng = np.random.default_rng(1)
    chance = 1 / (1 + np.exp(-12 * (whole.log_mpeak - 11.3)))
    kept = whole[rng.random(len(whole)) < chance]
    model = models.SmhmModel()
    lost = part_lost(model, whole, kept)[0]
    (found,) = incomplete_samples(kept, model, {}, SAMPLES[:1])
    assert found.fraction == pytest.approx(lost, abs=0.06)
    assert 11.2 < found.log_mass < 11.7


def test_abundance_matching_misses_what_its_mass_function_asks_for(whole):
    kept = whole[whole.log_mpeak >= 12.0]
    model = models.ShamModel(sham.from_catalog(kept), "network")
    (found,) = incomplete_samples(kept, model, {}, SAMPLES[1:2])
    edges = np.array(SAMPLES[1][:2])
    asked = -np.diff(10 ** np.asarray(sham.Schechter().log_cumulative_density(edges)))[0]
    there = np.asarray(model.weights(model.space.defaults, kept.columns(model.needs), SAMPLES[1:2]))
    assert found.fraction == pytest.approx(1 - there.sum() / kept.volume / asked, abs=0.02)


def test_what_cannot_be_judged_is_not(whole):
    kept = whole[whole.log_mpeak >= 12.0]
    order = models.HaloOrder(kept, "v_peak")
    ranked = models.Ranked(models.SmhmModel(), order)
    for model in (Crowded(), models.Zheng07(), ranked, models.Quenched(ranked)):
        samples = SAMPLES if model.has_stellar_mass else (Sample(),)
        assert incomplete_samples(kept, model, {}, samples) == ()
    assert incomplete_samples(kept[:1], models.SmhmModel(), {}, SAMPLES) == ()
    assert incompleteness_sentence(()) is None


def test_one_sentence_for_all(whole):
    kept = whole[whole.log_mpeak >= 11.5]
    found = incomplete_samples(kept, models.SmhmModel(), {}, SAMPLES)
    text = incompleteness_sentence(found)
    assert text.startswith("99% of the galaxies of 9 < log M* < 9.5, ")
    assert "below the lightest that the catalogue has all of, 10^11.5 Msun/h" in text
