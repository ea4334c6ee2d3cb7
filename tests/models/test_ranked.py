"""Abundance matching in properties other than mass, with parameters of their own."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from halograd import catalogs, inference, models, sham
from halograd.errors import HalogradError
from halograd.registries import MODELS
from oracles.many_columns import Crowded, with_histories
from oracles.toy_universe import toy_universe

BINS = {"rp_edges": [0.2, 1.0, 4.0, 15.0], "pi_max": 20.0}
THRESHOLDS = [(9.8, np.inf), (10.4, np.inf)]
ALPHAS = (0.0, 0.4, 1.0)


@pytest.fixture(scope="module")
def halos():
    return catalogs.mock_universe(2, boxsize=70.0, log_mpeak_min=11.3, particles=False)


def ranked(halos, proxy, method="network"):
    return models.Ranked(
        models.ShamModel(sham.from_catalog(halos), method), models.HaloOrder(halos, proxy)
    )


@pytest.mark.slow
def test_each_alpha_is_a_sorted_catalogue(halos):
    """μ(α), n and wp against halos sorted afresh by v_α, which then carry the masses of SHAM."""
    model = ranked(halos, "v_alpha")
    layout = inference.Observables(n=THRESHOLDS, wp=THRESHOLDS, **BINS)
    predictor = inference.Predictor(halos, model, layout)
    virial, highest = (np.log10(halos.extra[n]) for n in ("v_vir_at_mpeak", "v_at_mpeak"))
    for alpha in ALPHAS:
        x = np.empty(len(halos))
        order = np.argsort(-(virial + alpha * (highest - virial)))
        x[order] = np.log10((np.arange(len(halos)) + 0.5) / halos.volume)
        resorted = replace(halos, log_mpeak=np.asarray(model.base.shmf.log_m_at(x)))
        exact = inference.Predictor(resorted, model.base, layout)({})
        found = predictor({"proxy_alpha": alpha})
        np.testing.assert_allclose(found["n"], exact["n"], rtol=1e-3)
        np.testing.assert_allclose(found["wp"], exact["wp"], rtol=2e-3)


@pytest.mark.parametrize("method", ["network", pytest.param("exact", marks=pytest.mark.slow)])
def test_the_mass_function_does_not_know_alpha(halos, method):
    """d ln n / dα = 0 to 1e-3, and n is what the Schechter function asks for."""
    layout = inference.Observables(n=[(10.0, 10.5), (10.5, np.inf)])
    predictor = inference.Predictor(halos, ranked(halos, "v_alpha", method), layout)
    n = []
    for alpha in ALPHAS:
        vector, jacobian = predictor.value_and_jacobian({"proxy_alpha": alpha})
        assert np.abs(jacobian["proxy_alpha"] / vector).max() < 1e-3
        n.append(vector)
    np.testing.assert_allclose(n, np.broadcast_to(n[0], np.shape(n)), rtol=2e-4)
    asked = 10 ** np.asarray(sham.Schechter().log_cumulative_density(jnp.array([10.0, 10.5])))
    np.testing.assert_allclose(n[0], [asked[0] - asked[1], asked[1]], rtol=0.01)


@pytest.mark.slow
def test_clustering_follows_the_concentration(halos):
    """α moves wp, which n alone does not tell."""
    layout = inference.Observables(wp=THRESHOLDS[:1], **BINS)
    predictor = inference.Predictor(halos, ranked(halos, "concentrated_mass"), layout)
    old, young = (np.asarray(predictor({"proxy_gamma": g})["wp"]) for g in (2.0, -1.0))
    assert np.abs(old / young - 1).max() > 0.02


@pytest.mark.parametrize(
    ("proxy", "over"),
    [
        ("v_alpha", "relation"),
        pytest.param("concentrated_mass", "relation", marks=pytest.mark.slow),
        pytest.param("v_alpha", "network", marks=pytest.mark.slow),
        pytest.param("v_alpha", "exact", marks=pytest.mark.slow),
    ],
)
def test_derivatives_against_finite_differences(proxy, over):
    halos = with_histories(toy_universe(500))
    order = models.HaloOrder(halos, proxy)
    relation = models.Ranked(models.SmhmModel(), order)
    model = relation if over == "relation" else ranked(halos, proxy, over)
    layout = inference.Observables(n=THRESHOLDS, wp=THRESHOLDS, **BINS)
    predictor = inference.Predictor(halos, model, layout)
    (name,) = (p.name for p in order.proxy.parameters)
    with jax.enable_x64(True):
        _, jacobian = predictor.value_and_jacobian({})
        value = predictor.model.space.defaults[name]
        up, down = (predictor({name: value + sign * 1e-6}).vector for sign in (1, -1))
        slope = np.asarray(up - down) / 2e-6
    np.testing.assert_allclose(jacobian[name], slope, rtol=1e-4, atol=1e-6 * np.abs(slope).max())


@pytest.mark.slow
def test_mass_as_the_proxy_changes_little(halos):
    """Ranks in mass instead of its smoothed abundance: the same galaxies within their noise."""
    by_mass = ranked(halos, models.FunctionProxy(lambda theta, c: c["log_mpeak"], ("log_mpeak",)))
    layout = inference.Observables(n=THRESHOLDS)
    found, plain = (
        np.asarray(inference.Predictor(halos, model, layout)({})["n"])
        for model in (by_mass, by_mass.base)
    )
    np.testing.assert_allclose(found, plain, rtol=0.01)
    assert by_mass.space.names == by_mass.base.space.names


@pytest.mark.slow
def test_over_a_relation_and_under_wrappers(halos):
    order = models.HaloOrder(halos, "v_peak")
    model = models.Quenched(models.Disrupted(models.Ranked(models.SmhmModel(), order)))
    assert isinstance(model.base.base, models.HasMeanRelation)
    layout = inference.Observables(n=["quenched", "star_forming"])
    assert (np.asarray(inference.Predictor(halos, model, layout)({})["n"]) > 0).all()
    mock = models.draw_galaxies(0, halos, model.base.base, {}, log_mstar_min=10.0)
    expected = inference.Predictor(halos, model.base.base, inference.Observables(n=[10.0]))({})
    number = float(expected["n"][0]) * halos.volume
    assert abs(len(mock) - number) < 5 * np.sqrt(number)


@pytest.mark.slow
def test_a_table_serves_it(halos):
    model = ranked(halos, "v_alpha")
    layout = inference.Observables(n=THRESHOLDS[:1], wp=THRESHOLDS[:1], **BINS)
    predictor = inference.Predictor(halos, model, layout)
    space = model.space.replace(
        **{name: {"free": False} for name in model.space.names if name != "proxy_alpha"}
    )
    table = inference.tabulate(predictor, space=space, tolerance=0.01, n_draw=100, n_check=4)
    assert table.accuracy.is_met
    theta = {"proxy_alpha": 0.33}
    np.testing.assert_allclose(table(theta).vector, predictor(theta).vector, rtol=0.02)


@pytest.mark.slow
def test_from_a_configuration(halos):
    options = {"base": {"kind": "sham", "method": "network"}, "proxy": "v_alpha"}
    bare = MODELS["ranked"].from_config(options, None)
    assert bare.needs == ("v_at_mpeak", "v_vir_at_mpeak")
    assert "proxy_alpha" in bare.space.names
    with pytest.raises(HalogradError, match="made without halos"):
        bare.order.log_cumulative_density({}, {})
    made = MODELS["ranked"].from_config(options, halos)
    assert inference.Predictor(halos, made, inference.Observables(n=[10.0]))({})["n"][0] > 0


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda h: models.Ranked(Crowded(), models.HaloOrder(h, "v_peak")), "must be a Stellar"),
        (lambda h: models.Ranked(models.SmhmModel(), "v_peak"), "order must be models.HaloOrder"),
        (lambda h: models.HaloOrder(h, 3), "proxy must be a models.Proxy"),
        (lambda h: models.HaloOrder(h, "v_pek"), "no column 'v_pek'.*did you mean 'v_peak'"),
        (
            lambda h: models.HaloOrder(h.with_columns(flat=np.ones(len(h))), "flat"),
            "a property that differs between them",
        ),
        (
            lambda h: models.HaloOrder(
                h, models.FunctionProxy(lambda t, c: c["v_max"] * np.nan, ("v_max",))
            ),
            "must be a finite number for each",
        ),
        (
            lambda h: models.HaloOrder(
                h,
                models.FunctionProxy(
                    lambda t, c: c["v_max"] ** t["a"], ("v_max",), [models.Parameter("a", 1.0)]
                ),
            ),
            "need finite bounds: give low and high to a",
        ),
        (lambda h: MODELS["ranked"].from_config({"base": {"kind": "smhm"}}, h), "needs base"),
        (
            lambda h: MODELS["ranked"].from_config({"base": {}, "proxy": "a", "method": 1}, h),
            "method",
        ),
    ],
)
def test_what_cannot_be(halos, make, message):
    with pytest.raises(HalogradError, match=message):
        make(halos)
