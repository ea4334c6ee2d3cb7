"""Models that wrap others: disrupted subhalos, and galaxies that stopped forming stars."""

import jax
import numpy as np
import pytest

from halograd import catalogs, inference, models, sham
from halograd.errors import HalogradError
from halograd.registries import MODELS
from halograd.samples import Sample
from oracles.brute_force import auto_matrix
from oracles.many_columns import Crowded, with_histories
from oracles.toy_universe import toy_universe

BINS = {"rp_edges": [0.2, 1.0, 4.0, 15.0], "pi_max": 20.0}
N_MOCK = 600


@pytest.fixture(scope="module")
def halos():
    return with_histories(toy_universe(500))


def both_orders():
    return (
        models.Quenched(models.Disrupted(models.SmhmModel())),
        models.Disrupted(models.Quenched(models.SmhmModel())),
    )


def columns_of(halos, model):
    return {name: np.asarray(values) for name, values in halos.columns(model.needs).items()}


def roll(x, middle, k, low, high):
    return low + (high - low) / (1 + np.exp(-k * (np.asarray(x, float) - middle)))


def lost_and_quenched(halos):
    """Both probabilities at the default parameters, from the equations as published."""
    host, satellite = halos.extra["host_log_mass"], halos.is_satellite
    ratio = np.log10(halos.extra["v_max"] / halos.extra["v_peak"])
    lost = roll(ratio, roll(host, 13.5, 10**0.5, -1.0, -0.7), 10**0.5, 1.0, 0.0) * satellite
    central = roll(halos.log_mpeak, 12.65, 10**0.2, 0.15, 0.9)
    boost = roll(host, 13.0, 10**0.2, 0.0, 0.3) * satellite
    boost *= roll(halos.extra["time_since_infall"], 2.0, 10**0.5, 0.0, 1.0)
    return lost, central + (1 - central) * boost


def test_probabilities_are_those_of_the_equations(halos):
    lost, quenched = lost_and_quenched(halos)
    with jax.enable_x64(True):
        disrupted, split = (one(models.SmhmModel()) for one in (models.Disrupted, models.Quenched))
        np.testing.assert_allclose(
            disrupted.probability({}, columns_of(halos, disrupted)), lost, rtol=1e-12
        )
        np.testing.assert_allclose(
            split.probability({}, columns_of(halos, split)), quenched, rtol=1e-12
        )
    assert (lost[~halos.is_satellite] == 0).all()
    assert lost.max() > 0.5


def test_orders_and_kinds_agree(halos):
    samples = (
        *(Sample(10.5, kind="quenched"), Sample(10.5, kind="star_forming"), Sample(10.5)),
        *(Sample(kind="quenched"), Sample(10.0, 10.5, "quenched")),
    )
    first, second = (
        np.asarray(model.weights(model.space.defaults, columns_of(halos, model), samples))
        for model in both_orders()
    )
    np.testing.assert_allclose(first, second, rtol=1e-6)
    np.testing.assert_allclose(first[:, 0] + first[:, 1], first[:, 2], rtol=1e-6)


@pytest.mark.slow
def test_mocks_drawn_step_by_step_have_the_predicted_mean(halos):
    """Masses, losses and kinds drawn one after another, counted by brute force in float64."""
    rng = np.random.default_rng(8)
    base, model = models.SmhmModel(), both_orders()[0]
    theta, mass = base.space.defaults, {"log_mpeak": halos.log_mpeak}
    mean = np.asarray(base.mean_log_mstar(theta, mass), np.float64)
    scatter = np.asarray(base.scatter(theta, mass), np.float64)
    lost, quenched = lost_and_quenched(halos)
    shape = (N_MOCK, len(halos))
    # the triweight on [-3, 3] is the distribution of the middle of seven uniform numbers
    middle = np.median(rng.random((7, *shape)), axis=0)
    is_there = (mean + scatter * (6 * middle - 3) > 10.2) & (rng.random(shape) >= lost)
    is_quenched = rng.random(shape) < quenched
    red, blue = (is_there & is_quenched).astype(float), (is_there & ~is_quenched).astype(float)

    of_kind = [Sample(10.2, kind=kind) for kind in ("quenched", "star_forming")]
    layout = inference.Observables(n=of_kind, wp=of_kind, **BINS)
    predictor = inference.Predictor(halos, model, layout)
    with jax.enable_x64(True):
        weights = np.asarray(predictor.weights(model.space.defaults))
        expected_pairs = np.asarray(predictor.pairs(weights))
        expected_cross = np.asarray(predictor.pairs.cross(weights[:, 0], weights[:, 1]))
        n = np.asarray(predictor({})["n"])
    inside = auto_matrix(halos.positions, halos.boxsize, BINS["rp_edges"], BINS["pi_max"])

    def check(found, expected):
        error = found.std(axis=0, ddof=1) / np.sqrt(N_MOCK)
        assert (error > 0).all()
        assert np.abs((found.mean(axis=0) - expected) / error).max() < 4

    check(np.stack([red.sum(axis=1), blue.sum(axis=1)], axis=1) / halos.volume, n)
    check(np.einsum("mi,ijk,mj->mk", red, inside, red, optimize=True), expected_pairs[0])
    check(np.einsum("mi,ijk,mj->mk", blue, inside, blue, optimize=True), expected_pairs[1])
    check(np.einsum("mi,ijk,mj->mk", red, inside, blue, optimize=True), expected_cross)
    fraction = red.sum(axis=1) / (red + blue).sum(axis=1)
    # a ratio of means: its bias is of the order of the variance, far below the error of one mock
    error = fraction.std(ddof=1)
    assert abs(fraction.mean() - n[0] / n.sum()) < 0.2 * error


def test_derivatives_in_every_parameter_of_both(halos):
    model = both_orders()[0]
    layout = inference.Observables(
        n=["quenched", "star_forming"], wp=["quenched", ("quenched", Sample(10.3))], **BINS
    )
    predictor = inference.Predictor(halos, model, layout)
    with jax.enable_x64(True):
        _, jacobian = predictor.value_and_jacobian({})
        for name, value in model.space.defaults.items():
            up, down = (predictor({name: value + sign * 1e-5}).vector for sign in (1, -1))
            slope = np.asarray(up - down) / 2e-5
            scale = np.abs(slope).max()
            np.testing.assert_allclose(jacobian[name], slope, rtol=1e-4, atol=1e-6 * scale + 1e-9)


def test_the_mock_universe_has_what_they_need():
    halos = catalogs.mock_universe(1, boxsize=50.0, log_mpeak_min=11.5, particles=False)
    abundance = sham.from_catalog(halos)
    model = models.Quenched(models.Disrupted(models.ShamModel(abundance, "network")))
    layout = inference.Observables(n=["quenched", "star_forming", (9.5, np.inf)])
    quenched, star_forming, _ = np.asarray(inference.Predictor(halos, model, layout)({})["n"])
    assert 0 < quenched < star_forming
    mock = models.draw_galaxies(0, halos, model, {}, log_mstar_min=10.5)
    assert set(mock.kind) == {"quenched", "star_forming"}
    assert mock.log_mstar.min() >= 10.5


@pytest.mark.slow
def test_a_table_meets_its_tolerance_on_the_mock_universe():
    halos = catalogs.mock_universe(1, boxsize=60.0, log_mpeak_min=11.8, particles=False)
    of_kind = [Sample(10.0, kind=kind) for kind in ("quenched", "star_forming")]
    layout = inference.Observables(n=of_kind, wp=of_kind, **BINS)
    model = models.Quenched(models.SmhmModel())
    predictor = inference.Predictor(halos, model, layout)
    space = model.space.replace(
        **{
            p.name: {"free": p.name.startswith("quenched_")}
            for p in model.space.parameters
            if p.free
        }
    )
    table = inference.tabulate(predictor, space=space, tolerance=0.01, n_draw=300, n_check=4)
    assert table.accuracy.is_met
    direct = predictor({"quenched_boost": 0.5})
    np.testing.assert_allclose(table({"quenched_boost": 0.5}).vector, direct.vector, rtol=0.03)


def test_halos_without_velocities_are_finite(halos):
    """A finder that writes v_max = 0 for a subhalo it lost gives a galaxy that is lost."""
    v_max = np.where(np.arange(len(halos)) < 50, 0.0, halos.extra["v_max"])
    broken = halos.with_columns(v_max=v_max)
    model = models.Disrupted(models.SmhmModel())
    layout = inference.Observables(n=[(10.0, np.inf)])
    vector, jacobian = inference.Predictor(broken, model, layout).value_and_jacobian({})
    assert np.isfinite(vector).all()
    assert all(np.isfinite(column).all() for column in jacobian.values())


def test_samples_that_agree_are_worked_out_once(halos):
    asked = []

    class Counting(models.SmhmModel):
        def weights(self, theta, columns, samples):
            asked.append(samples)
            return super().weights(theta, columns, samples)

    model = models.Quenched(Counting())
    samples = [Sample(10.0, kind="quenched"), Sample(10.0, kind="star_forming"), Sample(11.0)]
    model.weights(model.space.defaults, columns_of(halos, model), samples)
    assert asked == [(Sample(10.0), Sample(11.0))]


def test_a_base_without_stellar_masses(halos):
    model = models.Quenched(Crowded())
    predictor = inference.Predictor(halos, model, inference.Observables(n=["quenched"]))
    assert predictor({})["n"][0] > 0
    with pytest.raises(HalogradError, match="knows no stellar masses"):
        inference.Predictor(halos, model, inference.Observables(n=[(10.0, 11.0)]))


def test_a_base_whose_galaxies_vary_together_gives_no_pairs():
    """Thinned numbers do not say how many pairs are left in a host."""
    together = models.Quenched(models.AbacusELG(conformity=True))
    assert not together.independent
    assert models.Quenched(models.Zheng07()).independent
    assert together.kinds == ("quenched", "star_forming")
    assert not together.kind_parts


def test_from_a_configuration():
    options = {"base": {"kind": "disrupted", "before": "v_at_mpeak", "base": {"kind": "smhm"}}}
    model = MODELS["quenched"].from_config(options, None)
    assert "v_at_mpeak" in model.needs
    assert model.space.names[:2] == ("log_m_crit", "log_ratio_crit")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: models.Quenched("smhm"), "Quenched wraps a galaxy–halo model, got 'smhm'"),
        (lambda: models.Disrupted(models.SmhmModel(), before="vmax"), "before must be one of"),
        (lambda: models.Quenched(both_orders()[0]), "'quenched_log_m' is there twice"),
        (lambda: MODELS["quenched"].from_config({}, None), "the model needs base"),
        (
            lambda: inference.Predictor(
                toy_universe(), both_orders()[0], inference.Observables(n=["quenched"])
            ),
            "no column 'v_max'.*properties=",
        ),
        (
            lambda: inference.Predictor(
                with_histories(toy_universe()), both_orders()[0], inference.Observables(n=["red"])
            ),
            "no galaxies of kind 'red'.*'quenched', 'star_forming'",
        ),
    ],
)
def test_what_cannot_be(make, message):
    with pytest.raises(HalogradError, match=message):
        make()
