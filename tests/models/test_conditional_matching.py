"""Quenched galaxies by the rank of a halo property at fixed stellar mass."""

import jax
import numpy as np
import pytest

from halograd import catalogs, inference, models
from halograd.errors import HalogradError
from halograd.registries import MODELS
from halograd.samples import Sample
from oracles.many_columns import Crowded, with_histories
from oracles.toy_universe import toy_universe

BINS = {"rp_edges": [0.2, 1.0, 4.0, 15.0], "pi_max": 20.0}
NAME = "quenched_correlation"
MODEL = models.ConditionalMatching(models.SmhmModel())


@pytest.fixture(scope="module")
def halos():
    halos = catalogs.mock_universe(4, boxsize=80.0, log_mpeak_min=11.2, particles=False)
    rank = catalogs.rank_at_fixed_mass(halos.extra["concentration"], halos.log_mpeak, width=0.1)
    return halos.with_columns(concentration_rank=rank)


def test_the_quenched_fraction_does_not_know_the_correlation(halos):
    """f(M*) comes out whatever ρ, in bins too fine for it to change much."""
    middles = np.array([10.05, 10.45, 10.85])
    ranges = [(middle - 0.05, middle + 0.05) for middle in middles]
    layout = inference.Observables(
        n=[*(Sample(*ends, "quenched") for ends in ranges), *(Sample(*ends) for ends in ranges)]
    )
    predictor = inference.Predictor(halos, MODEL, layout)
    asked = np.asarray(MODEL.quenched_fraction({}, middles))
    order = [layout["n"].samples.index(Sample(*ends, "quenched")) for ends in ranges]
    whole = [layout["n"].samples.index(Sample(*ends)) for ends in ranges]
    for rho in (-0.9, -0.3, 0.0, 0.6):
        n = np.asarray(predictor({NAME: rho})["n"])
        np.testing.assert_allclose(n[order] / n[whole], asked, rtol=0.03)


def test_mocks_with_a_copula_have_the_predicted_mean():
    """Star formation ranks drawn beside the property's, then cut: numbers of both kinds."""
    halos, rho, rng = with_histories(toy_universe(400)), -0.7, np.random.default_rng(3)
    theta, base = MODEL.space.complete({NAME: rho}), MODEL.base
    mass = {"log_mpeak": halos.log_mpeak}
    mean, scatter = (
        np.asarray(part(base.space.defaults, mass)) for part in (base.mean_log_mstar, base.scatter)
    )
    from scipy.stats import norm

    z = norm.ppf(np.clip(0.5 + halos.extra["concentration_rank"], 1e-4, 1 - 1e-4))
    n_mock = 3000
    middle = np.median(rng.random((7, n_mock, len(halos))), axis=0)
    log_mstar = mean + scatter * (6 * middle - 3)
    deviate = rho * z + np.sqrt(1 - rho**2) * rng.normal(size=log_mstar.shape)
    fraction = 0.15 + 0.75 / (1 + np.exp(-2.5 * (log_mstar - 10.6)))
    is_quenched = deviate < norm.ppf(fraction)
    samples = (Sample(10.3, kind="quenched"), Sample(10.3, 10.9, "star_forming"))
    inside = [
        is_quenched & (log_mstar > 10.3),
        ~is_quenched & (log_mstar > 10.3) & (log_mstar < 10.9),
    ]
    weights = np.asarray(MODEL.weights(theta, halos.columns(MODEL.needs), samples), np.float64)
    for one, expected in zip(inside, weights.T, strict=True):
        counts = one.sum(axis=1)
        error = counts.std(ddof=1) / np.sqrt(n_mock)
        assert abs(counts.mean() - expected.sum()) < 4 * error
        old = halos.extra["concentration_rank"] > 0.2
        counts = one[:, old].sum(axis=1)
        error = counts.std(ddof=1) / np.sqrt(n_mock)
        assert abs(counts.mean() - expected[old].sum()) < 4 * error


def test_derivatives_against_finite_differences():
    halos = with_histories(toy_universe(400))
    of_kind = ["quenched", Sample(10.2, 10.8, "star_forming")]
    layout = inference.Observables(n=of_kind, wp=of_kind, **BINS)
    predictor = inference.Predictor(halos, MODEL, layout)
    with jax.enable_x64(True):
        _, jacobian = predictor.value_and_jacobian({})
        for parameter in MODEL.own_parameters:
            value = parameter.value
            up, down = (predictor({parameter.name: value + sign * 1e-5}).vector for sign in (1, -1))
            slope = np.asarray(up - down) / 2e-5
            np.testing.assert_allclose(
                jacobian[parameter.name], slope, rtol=1e-4, atol=1e-6 * np.abs(slope).max()
            )


def test_correlation_moves_clustering_and_kinds_add_up(halos):
    layout = inference.Observables(
        n=["quenched", "star_forming", Sample()], wp=[Sample(10.0, kind="quenched")], **BINS
    )
    predictor = inference.Predictor(halos, MODEL, layout)
    below, above = (predictor({NAME: rho}) for rho in (-0.9, 0.9))
    assert np.abs(np.asarray(below["wp"] / above["wp"]) - 1).max() > 0.02
    of = dict(zip(layout["n"].samples, np.asarray(below["n"]), strict=True))
    kinds = of[Sample(kind="quenched")] + of[Sample(kind="star_forming")]
    assert kinds == pytest.approx(of[Sample()], rel=1e-5)


def test_refusals():
    with pytest.raises(HalogradError, match="splits galaxies at fixed stellar mass, and Crowded"):
        models.ConditionalMatching(Crowded())
    halos = with_histories(toy_universe())
    layout = inference.Observables(n=["quenched"])
    wrong = models.ConditionalMatching(models.SmhmModel(), by="concentration")
    with pytest.raises(HalogradError, match=r"concentration must hold ranks from -0\.5 to 0\.5"):
        inference.Predictor(halos, wrong, layout)
    model = MODELS["conditional_matching"].from_config(
        {"base": {"kind": "smhm"}, "by": "halfmass_scale_rank"}, None
    )
    with pytest.raises(HalogradError, match=r"catalogs.rank_at_fixed_mass\(halos.column"):
        inference.Predictor(halos, model, layout)
