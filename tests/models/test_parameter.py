import jax
import jax.numpy as jnp
import numpy as np
import pytest

from halograd.errors import HalogradError
from halograd.models import Normal, Parameter, ParameterSpace

SPACE = ParameterSpace(
    [
        Parameter("follower", 0.9, 0.0, 1.5, tied="a", offset=0.5),
        Parameter("a", 0.3, 0.2, 2.0),
        Parameter("b", 5.0),
    ]
)


def test_a_tied_parameter_follows():
    assert [p.name for p in SPACE.free] == ["a", "b"]
    assert SPACE.defaults == {"follower": 0.8, "a": 0.3, "b": 5.0}
    theta = SPACE.to_theta(SPACE.to_unbounded({"a": 0.7}))
    np.testing.assert_allclose([theta["a"], theta["follower"]], [0.7, 1.2], rtol=1e-6)
    assert SPACE.complete({"a": 0.4})["follower"] == pytest.approx(0.9)
    assert SPACE.at({"a": 0.4}).defaults["follower"] == pytest.approx(0.9)


def test_bounds_hold_for_both():
    a = SPACE.free[0]
    assert (a.low, a.high) == (0.2, 1.0)
    for u in (-1e4, 1e4):
        theta = SPACE.to_theta(jnp.array([u, 0.0]))
        assert 0.2 < float(theta["a"]) < 1.0
        assert 0.0 < float(theta["follower"]) < 1.5 + 1e-6
    assert SPACE.replace(follower={"tied": None, "offset": 0.0}).free[1].high == 2.0


def test_the_derivative_moves_both():
    columns = {"follower": np.array([1.0, 2.0]), "a": np.array([10.0, 20.0]), "b": np.zeros(2)}
    np.testing.assert_array_equal(SPACE.free_columns(columns)[:, 0], [11.0, 22.0])
    np.testing.assert_array_equal(columns["a"], [10.0, 20.0])
    slope = jax.grad(lambda u: sum(SPACE.to_theta(u)[n] for n in ("a", "follower")))(jnp.zeros(2))
    alone = jax.grad(lambda u: SPACE.to_theta(u)["a"])(jnp.zeros(2))
    np.testing.assert_allclose(slope[0], 2 * alone[0], rtol=1e-6)


def test_a_tie_to_a_fixed_parameter_is_fixed():
    space = SPACE.replace(a={"free": False, "value": 0.6})
    assert [p.name for p in space.free] == ["b"]
    assert space.defaults["follower"] == pytest.approx(1.1)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"tied": "follower"}, "tied to itself"),
        ({"tied": "bb"}, "'bb', which the model does not have; did you mean 'b'"),
        ({"prior": Normal(1.0, 1.0)}, "no prior of its own: give the prior to a"),
        ({"offset": 5.0}, "no value of a keeps it"),
    ],
)
def test_bad_ties(changes, message):
    with pytest.raises(HalogradError, match=message):
        SPACE.replace(follower=changes)


def test_chains_and_contradictions():
    with pytest.raises(HalogradError, match="itself tied to a: tie both"):
        SPACE.replace(b={"tied": "follower"})
    with pytest.raises(HalogradError, match="contradicts its tie to a"):
        SPACE.complete({"follower": 1.4})
    assert SPACE.complete({"a": 0.3, "follower": 0.8})["follower"] == pytest.approx(0.8)


def test_spaces_are_equal_by_their_parameters():
    again = ParameterSpace([*SPACE._declared])
    assert again == SPACE
    assert hash(again) == hash(SPACE)
    assert SPACE.at({"b": 6.0}) != SPACE
