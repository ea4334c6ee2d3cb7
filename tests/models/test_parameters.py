import jax
import numpy as np
import pytest

from halograd.errors import HalogradError
from halograd.models import Normal, Parameter, ParameterSpace, ShamModel, SmhmModel
from halograd.samples import samples_from
from halograd.sham import bolshoi_planck

SPACE = ParameterSpace(
    [Parameter("a", 1.0, 0.0, 2.0), Parameter("b", -3.0, free=False), Parameter("c", 5.0)]
)


def test_round_trip_through_unbounded_coordinates():
    theta = {"a": 0.3, "b": -3.0, "c": -8.0}
    u = SPACE.to_unbounded(theta)
    assert u.shape == (2,)
    back = SPACE.to_theta(u)
    assert set(back) == {"a", "b", "c"}
    np.testing.assert_allclose([float(back[k]) for k in "abc"], list(theta.values()), rtol=1e-5)


def test_extreme_coordinates_stay_within_bounds():
    for u in (-1e6, 1e6):
        theta = SPACE.to_theta(np.array([u, 0.0], np.float32))
        assert 0.0 < float(theta["a"]) < 2.0


def test_replace_and_complete():
    changed = SPACE.replace(a={"free": False, "value": 0.5})
    assert [p.name for p in changed.free] == ["c"]
    assert changed.complete({"c": 1.0}) == {"a": 0.5, "b": -3.0, "c": 1.0}


@pytest.mark.parametrize(
    ("action", "message"),
    [
        (lambda: SPACE.complete({"aa": 1.0}), "did you mean 'a'"),
        (lambda: SPACE.replace(zzz={"free": True}), "unknown parameter 'zzz'"),
        (lambda: SPACE.replace(a={"value": 3.0}), "outside its bounds"),
        (lambda: SPACE.to_unbounded({"a": 2.5}), "between its bounds"),
    ],
)
def test_bad_names_and_values(action, message):
    with pytest.raises(HalogradError, match=message):
        action()


@pytest.mark.parametrize(
    "model",
    [
        SmhmModel(),
        ShamModel(bolshoi_planck(), method="network"),
        pytest.param(ShamModel(bolshoi_planck()), marks=pytest.mark.slow),
    ],
    ids=["smhm", "network", "exact"],
)
def test_weights_of_a_model_have_the_right_derivatives(model):
    log_mpeak = np.linspace(10.8, 14.5, 40)
    columns, samples = {"log_mpeak": log_mpeak}, samples_from([(9.5, 10.5), (10.5, np.inf)])
    with jax.enable_x64(True):

        @jax.jit
        def total(u):
            theta = model.space.to_theta(u)
            return model.weights(theta, columns, samples).sum(axis=0)

        u = model.space.to_unbounded({})
        exact = jax.jacfwd(total)(u)
        assert exact.shape == (2, len(model.space.free))
        assert np.abs(exact).max(axis=0).min() > 0
        step = 1e-4 * np.eye(len(u))
        slopes = np.stack([(total(u + s) - total(u - s)) / 2e-4 for s in step], axis=1)
        scale = np.abs(slopes).max()
        np.testing.assert_allclose(exact, slopes, rtol=1e-2, atol=1e-3 * scale)


def test_single_halo():
    weights = SmhmModel().weights({}, {"log_mpeak": np.array([12.0])}, samples_from([10.0]))
    assert weights.shape == (1, 1)


def test_a_space_shows_what_a_fit_makes_of_it():
    space = SmhmModel().space.replace(
        k={"free": False},
        scatter_low={"tied": "scatter_high", "offset": 0.1},
        log_m_crit={"prior": Normal(11.9, 0.1)},
    )
    shown = repr(space).splitlines()
    assert "  k = 1.6, fixed" in shown
    assert "  scatter_low = scatter_high +0.1" in shown
    (line,) = (line for line in shown if line.startswith("  log_m_crit = "))
    assert line.endswith("Normal(mean=11.9, sd=0.1)")
