import jax
import jax.numpy as jnp
import numpy as np
import pytest

from halograd import sham
from halograd.errors import HalogradError


def test_default_is_a_double_power_law():
    relation = sham.ThreeRoll()
    log_m = np.array([11.0, 11.35, 13.0])
    index = 2.5 + (0.5 - 2.5) / (1 + np.exp(-1.6 * (log_m - 11.35)))
    want = 11.35 - 1.65 + index * (log_m - 11.35)
    np.testing.assert_allclose(relation(log_m), want, rtol=1e-6)


def test_each_index_rolls():
    relation = sham.ThreeRoll(low_start=3.0, low_end=1.0, high_start=0.7, high_end=0.2)
    with jax.enable_x64(True):
        slope = jax.vmap(jax.grad(relation))(jnp.array([-40.0, 60.0]))
    np.testing.assert_allclose(slope, [3.0, 0.2], rtol=1e-5)


def test_unbounded_round_trip():
    relation = sham.ThreeRoll(low_start=3.0, high_end=-0.3)
    back = sham.ThreeRoll.from_unbounded(relation.unbounded())
    for name in sham.THREE_ROLL_BOUNDS:
        assert getattr(back, name) == pytest.approx(float(getattr(relation, name)), abs=1e-5)
    wild = sham.ThreeRoll.from_unbounded(jnp.full(11, 1e3))
    for name, (low, high) in sham.THREE_ROLL_BOUNDS.items():
        assert low < getattr(wild, name) < high


def test_unusable_parameters():
    with pytest.raises(HalogradError, match="strictly between its bounds"):
        sham.ThreeRoll(log_ratio_crit=0.5).unbounded()
    with pytest.raises(HalogradError, match="k of ThreeRoll must be finite"):
        sham.ThreeRoll(k=np.nan)
    with pytest.raises(HalogradError, match="shape"):
        sham.ThreeRoll.from_unbounded(np.zeros(10))
