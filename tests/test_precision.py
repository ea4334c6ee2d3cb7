"""float64 on demand, and the caller's precision in every thread."""

import threading

import jax.numpy as jnp
import pytest

from halograd._precision import float64, thread_map


def test_float64_ends_with_its_context():
    before = jnp.ones(1).dtype
    with float64():
        assert jnp.ones(1).dtype == "float64"
    assert jnp.ones(1).dtype == before


def test_threads_keep_order_and_precision(monkeypatch):
    monkeypatch.setattr("halograd._precision._cores", lambda: 3)
    everyone = threading.Barrier(3, timeout=60)  # passed only where three threads run at once

    def one(i):
        everyone.wait()
        return i, str(jnp.ones(1).dtype)

    default = str(jnp.ones(1).dtype)
    assert thread_map(one, 3) == [(i, default) for i in range(3)]
    with float64():
        assert thread_map(one, 3) == [(i, "float64") for i in range(3)]


@pytest.mark.parametrize("n_core", [1, 2])
def test_an_error_in_a_thread_is_raised(monkeypatch, n_core):
    monkeypatch.setattr("halograd._precision._cores", lambda: n_core)

    def fails(i):
        if i == 1:
            raise ValueError("chain 1 failed")
        return i

    with pytest.raises(ValueError, match="chain 1 failed"):
        thread_map(fails, 3)
