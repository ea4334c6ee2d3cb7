"""What every registered model, and every model of a user, has to hold."""

from dataclasses import replace
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from halograd import catalogs, models
from halograd.inference import Observables, Predictor
from halograd.models.draw import Occupation
from halograd.registries import MODELS
from halograd.samples import Sample
from oracles.many_columns import (
    Crowded,
    RedAndBlue,
    with_ages,
    with_histories,
    with_hosts_and_ranks,
)
from oracles.toy_universe import toy_universe

AGED = replace(with_ages(toy_universe(600)), cosmology=catalogs.BOLSHOI_PLANCK)
HALOS, GROUPS = with_histories(AGED), with_hosts_and_ranks(AGED)
OPTIONS = {
    "abacus_yaml": {"file": str(Path(__file__).with_name("abacus_hod.yaml"))},
    "sham": {"abundance": "bolshoi_planck", "method": "network"},
    "age-quenched": {"base": {"kind": "smhm"}},
    "ranked": {"base": {"kind": "smhm"}, "proxy": "v_alpha"},
    "conditional_matching": {"base": {"kind": "smhm"}},
    "disrupted": {"base": {"kind": "smhm"}},
    "quenched": {"base": {"kind": "disrupted", "base": {"kind": "smhm"}}},
}
N_MOCK = 150


def registered(name):
    return MODELS[name].from_config(OPTIONS.get(name, {}), HALOS)


CASES = {name: (lambda name=name: registered(name)) for name in MODELS.names}
CASES |= {"red and blue": RedAndBlue, "crowded": Crowded}
CASES |= {
    "decorated": lambda: models.Zheng07(assembly_bias=models.Decorated()),
    "shifted, given a central": lambda: models.Zheng07(
        assembly_bias=True, second_moments="poisson given central"
    ),
    "all columns": lambda: models.AbacusLRG(assembly_bias=True, ranks=True),
    "given a central": lambda: models.AbacusLRG(second_moments="poisson given central"),
    "negative binomial": lambda: models.AbacusQSO(second_moments="negative binomial"),
    "conformity": lambda: models.AbacusELG(conformity=True),
    "three tracers": lambda: models.AbacusTracers(
        (models.AbacusLRG(ranks=True), models.AbacusELG(ranks=True), models.AbacusQSO(ranks=True))
    ),
    "two tracers, conformity": lambda: models.AbacusTracers(conformity=True),
}


def halos_of(model):
    """The halos, with hosts and heavier where a model of halo occupation needs them."""
    return GROUPS if isinstance(model, models.HaloOccupation) else HALOS


# One of every kind of model; the others are slow tests.
QUICK = ("sham", "zheng07", "red and blue", "crowded")
PARAMS = [pytest.param(name, marks=() if name in QUICK else pytest.mark.slow) for name in CASES]


@pytest.fixture(params=PARAMS, scope="module")
def model(request):
    return CASES[request.param]()


def samples_of(model):
    kinds = model.kinds or (("red", "blue") if isinstance(model, RedAndBlue) else ())
    found = [Sample(kind=kind) for kind in kinds]
    if model.has_stellar_mass:
        found += [Sample(10.0, 10.5), Sample(10.5), *(Sample(10.2, kind=kind) for kind in kinds)]
    return tuple(found)


@pytest.fixture(scope="module")
def predictor(model):
    samples = samples_of(model)
    layout = Observables(
        n=samples, wp=samples, rp_edges=[0.2, 1.0, 4.0, 15.0], pi_max=20.0, delta_sigma=samples[:1],
        r_edges=[0.3, 1.0, 4.0],
    )  # fmt: skip
    return Predictor(halos_of(model), model, layout)


def test_weights_are_expected_numbers(predictor, model):
    weights = np.asarray(predictor.weights(model.space.defaults))
    assert weights.shape == (len(HALOS), len(predictor.observables.samples))
    assert np.isfinite(weights).all()
    assert (weights >= 0).all()
    assert (weights.sum(axis=0) > 0).all()


def test_ranges_and_kinds_add_up(model):
    columns = {
        name: jnp.asarray(values) for name, values in halos_of(model).columns(model.needs).items()
    }
    theta = model.space.defaults
    parts = []
    if model.has_stellar_mass:
        parts = [Sample(high=10.1), Sample(10.1, 10.7), Sample(10.7)]
        whole, *ranges = model.weights(theta, columns, (Sample(), *parts)).T
        np.testing.assert_allclose(sum(ranges), whole, rtol=1e-5, atol=1e-6)
    if model.kinds:
        whole, *kinds = model.weights(
            theta, columns, (Sample(), *(Sample(kind=kind) for kind in model.kinds))
        ).T
        np.testing.assert_allclose(sum(kinds), whole, rtol=1e-5, atol=1e-6)


def test_one_halo_is_enough(model):
    one = {name: values[:1] for name, values in halos_of(model).columns(model.needs).items()}
    assert model.weights(model.space.defaults, one, samples_of(model)).shape[0] == 1


def test_jacobian_against_finite_differences(predictor, model):
    with jax.enable_x64(True):
        _, jacobian = predictor.value_and_jacobian({})
        for parameter in model.space.free:
            value, step = parameter.value, 1e-5
            up, down = (predictor({parameter.name: value + sign * step}).vector for sign in (1, -1))
            slope = np.asarray(up - down) / (2 * step)
            scale = np.abs(slope).max()
            np.testing.assert_allclose(
                jacobian[parameter.name], slope, rtol=2e-3, atol=1e-4 * max(scale, 1e-3)
            )


def test_mean_of_mocks_is_the_prediction(predictor, model):
    """n of every sample and the weighted pairs, over galaxies drawn as covariances draw them."""
    weights = predictor.weights(model.space.complete({}))
    galaxies = Occupation(model, {}, predictor.columns, predictor.observables.samples)
    keys = jax.random.split(jax.random.key(1), N_MOCK)
    mocks = [galaxies.draw(key) for key in keys]
    pairs = predictor.pairs
    if predictor.in_halo:
        (wp,) = (s for s in predictor.observables.statistics if s.name == "wp")
        theta = model.space.defaults
        pairs = predictor.in_halo["wp"].corrected(pairs, model, theta, wp)
    for measure, expected in (
        (lambda w: w.sum(axis=0), weights.sum(axis=0)),
        (predictor.pairs, pairs.counts(weights)),
    ):
        found = np.array([measure(mock) for mock in mocks], np.float64)
        error = found.std(axis=0, ddof=1) / np.sqrt(N_MOCK)
        apart = found.mean(axis=0) - np.asarray(expected, np.float64)
        # Only what is certain, such as a central in every host, may not vary at all.
        certain = error == 0
        assert np.abs(apart[certain]).max(initial=0.0) < 1e-3
        assert np.abs(apart[~certain] / error[~certain]).max() < 4.5


def test_drawn_galaxies_are_of_the_samples(predictor, model):
    """The catalogue of galaxies counts as the prediction does, by mass and kind."""
    samples = predictor.observables.samples
    expected = np.asarray(predictor.weights(model.space.complete({}))).sum(axis=0)
    counts = []
    for seed in range(30):
        mock = models.draw_galaxies(seed, halos_of(model), model, {}, samples=samples)
        counts.append([np.count_nonzero(belongs(mock, sample)) for sample in samples])
    error = np.maximum(np.std(counts, axis=0, ddof=1), 1.0) / np.sqrt(30)
    assert np.abs((np.mean(counts, axis=0) - expected) / error).max() < 4.5


def belongs(mock, sample):
    inside = np.ones(len(mock), bool)
    if sample.has_range:
        inside &= (mock.log_mstar >= sample.low) & (mock.log_mstar < sample.high)
    if sample.kind != "all":
        inside &= mock.kind == sample.kind
    return inside
