"""Which engine counts, and what is said where one is missing or cannot."""

import warnings

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from halograd.errors import HalogradError
from halograd.pairs import Projected, ProjectedPairs, _native_library, backends
from halograd.pairs._native import NativeBackend

ARGUMENTS = (np.ones((3, 3)), 50.0, [1.0, 2.0], 10.0)
BINS = Projected.checked([1.0, 2.0], 10.0)


@pytest.fixture
def without_native(monkeypatch):
    """As on a machine where the engine was not built, and nothing has warned yet."""
    monkeypatch.setattr(NativeBackend, "missing", lambda self: "needs what is not there")
    backends._warn_of_reference.cache_clear()
    yield
    backends._warn_of_reference.cache_clear()


@pytest.fixture
def with_native(monkeypatch):
    monkeypatch.setattr(NativeBackend, "missing", lambda self: None)


def chosen(backend, platform="cpu"):
    return backends.choose(backend, BINS, platform).name


def test_a_missing_engine_is_told_once(without_native):
    with pytest.warns(RuntimeWarning, match=r"several\s+times slower.*C\+\+ compiler"):
        assert ProjectedPairs(*ARGUMENTS).backend == "reference"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert ProjectedPairs(*ARGUMENTS).backend == "reference"


def test_naming_the_reference_silences_the_warning(without_native):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert ProjectedPairs(*ARGUMENTS, backend="reference").backend == "reference"


def test_the_compiled_engine_is_refused_where_it_is_missing(without_native):
    with pytest.raises(HalogradError, match="'native' needs what is not there, or use backend="):
        ProjectedPairs(*ARGUMENTS, backend="native")


def test_what_to_do_about_a_missing_engine(monkeypatch):
    monkeypatch.setattr("halograd.pairs._native.library", lambda: None)
    assert not backends.native_available()
    with pytest.raises(HalogradError, match="reinstall halograd"):
        ProjectedPairs(*ARGUMENTS, backend="native")


def test_the_compiled_engine_is_taken_where_it_is_present(with_native):
    assert chosen("auto") == "native"
    assert chosen("native") == "native"
    assert chosen("reference") == "reference"


def test_the_platform_decides(with_native):
    """Where JAX has an accelerator, the reference runs there; and it is no reason to warn."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert chosen("auto", platform="gpu") == "reference"


def test_positions_decide_where_counts_run(monkeypatch):
    """Those of a device are counted there, those of NumPy where JAX puts arrays."""
    points = jnp.ones((3, 3))
    monkeypatch.setattr(jax, "default_backend", lambda: "gpu")
    assert backends.platform_of(np.ones((3, 3)), None) == "gpu"
    assert backends.platform_of(points, None) == "cpu"
    assert backends.platform_of(np.ones((3, 3)), points) == "cpu"
    with jax.default_device(jax.devices("cpu")[0]):
        assert backends.platform_of(np.ones((3, 3))) == "cpu"


def test_an_unknown_engine_lists_the_known():
    with pytest.raises(HalogradError, match=r"auto, native, reference.*did you mean 'native'"):
        ProjectedPairs(*ARGUMENTS, backend="natve")


def test_only_backends_can_be_registered():
    with pytest.raises(HalogradError, match="must be a subclass of Backend, got 3"):
        backends.registry.register("three", 3)
    assert "three" not in backends.registry


def test_an_engine_that_lacks_a_function_is_missing(monkeypatch):
    """As after an update of the source without a build."""
    whole = _native_library.library.__wrapped__()
    if whole is None:
        pytest.skip("the engine was not built")

    class Stale:
        def __getattr__(self, name):
            if name == "halograd_table_add":
                raise AttributeError(name)
            return getattr(whole, name)

    monkeypatch.setattr(_native_library.ctypes, "CDLL", lambda path: Stale())
    assert _native_library.library.__wrapped__() is None
