import jax
import jax.numpy as jnp
import numpy as np
import pytest

from halograd._precision import float64
from halograd.errors import HalogradError
from halograd.sham.host_values import host_values, in_float64
from halograd.sham.schechter import Schechter


def test_host_values():
    x = np.array([1.0, 2.0])
    assert host_values("f", lambda at: jnp.float32(3.0), x).shape == (2,)
    got = host_values("f", lambda at: 1 / jnp.asarray(at), 3 * x)
    np.testing.assert_allclose(got, 1 / (3 * x), rtol=1e-15)
    with pytest.raises(HalogradError, match="f must be finite, but is not at 2"):
        host_values("f", lambda at: jnp.log(2 - at), x)
    with pytest.raises(HalogradError, match="traced"):
        jax.jit(lambda: host_values("f", jnp.sin, x))()


def test_in_float64():
    smf, function = in_float64((Schechter(), np.sin))
    assert smf.alpha.dtype == np.float64
    assert function is np.sin
    with pytest.raises(HalogradError, match="traced"):
        jax.grad(lambda a: in_float64((Schechter(alpha=a),))[0].alpha)(-1.0)


@pytest.mark.parametrize("n", [1, 511, 512, 513, 65_537, 140_000])
def test_any_number_of_values(n):
    x = np.linspace(0.0, 1.0, n)
    np.testing.assert_array_equal(host_values("f", lambda at: 2 * jnp.asarray(at), x), 2 * x)


def test_float64_is_for_the_context_only():
    before = jnp.arange(2.0).dtype
    with float64():
        assert jnp.arange(2.0).dtype == np.float64
    assert jnp.arange(2.0).dtype == before
