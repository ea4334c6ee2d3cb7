import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from halograd.bounds import to_bounded, to_unbounded
from halograd.errors import HalogradError

INF = np.inf
BOUNDS = [(9.0, 16.0), (-0.5, 15.0), (0.0, INF), (-INF, 3.0), (-INF, INF)]


@pytest.mark.parametrize(("low", "high"), BOUNDS)
@settings(deadline=None, max_examples=60)
@given(u=st.floats(-1e4, 1e4, width=32))
def test_any_unbounded_value_maps_strictly_inside(low, high, u):
    value = to_bounded(u, low, high)
    assert low < float(value) < high
    assert np.isfinite(to_unbounded(value, low, high))


@pytest.mark.parametrize(("low", "high"), BOUNDS)
def test_round_trip_and_slope(low, high):
    with jax.enable_x64(True):
        u = jnp.linspace(-6.0, 6.0, 25)
        back = to_unbounded(to_bounded(u, low, high), low, high)
        np.testing.assert_allclose(back, u, atol=1e-9)
        slope = jax.vmap(jax.grad(lambda v: to_bounded(v, low, high)))(u)
        step = 1e-5
        numeric = (to_bounded(u + step, low, high) - to_bounded(u - step, low, high)) / (2 * step)
        np.testing.assert_allclose(slope, numeric, rtol=1e-6)
        assert (slope > 0).all()


def test_slope_is_one_half_way():
    assert to_bounded(0.0, 9.0, 16.0) == 12.5
    assert jax.grad(lambda u: to_bounded(u, 9.0, 16.0))(0.0) == pytest.approx(1.0)


def test_mixed_bounds_in_one_call_have_finite_gradients():
    low, high = (np.array(side) for side in zip(*BOUNDS, strict=True))
    for u in (-300.0, 0.0, 300.0):
        jacobian = jax.jacrev(lambda v: to_bounded(v, low, high))(jnp.full(len(low), u))
        assert np.isfinite(jacobian).all()
    value = to_bounded(jnp.ones(len(low)), low, high)
    assert np.isfinite(jax.jacrev(lambda v: to_unbounded(v, low, high))(value)).all()


@pytest.mark.parametrize("value", [9.0, 16.0, 5.0, np.nan])
def test_value_outside_is_refused(value):
    with pytest.raises(HalogradError, match="strictly between its bounds 9 and 16"):
        to_unbounded(np.array([10.0, value]), 9.0, 16.0)


def test_reversed_bounds_are_refused():
    with pytest.raises(HalogradError, match="below its upper bound"):
        to_bounded(0.0, 3.0, 2.0)
