import builtins
import warnings

import numpy as np
import pytest

from halograd.errors import HalogradError
from halograd.pairs import ProjectedPairs, _backend, _native_library

ARGUMENTS = (np.ones((3, 3)), 50.0, [1.0, 2.0], 10.0)


@pytest.fixture
def without_native(monkeypatch):
    """As on a machine where the engine was not built, and nothing has warned yet."""
    monkeypatch.setattr(_backend, "native_available", lambda: False)
    _backend._warn_of_reference.cache_clear()
    yield
    _backend._warn_of_reference.cache_clear()


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
    with pytest.raises(HalogradError, match="reinstall halograd"):
        ProjectedPairs(*ARGUMENTS, backend="native")


def test_the_compiled_engine_is_taken_where_it_is_present(monkeypatch):
    monkeypatch.setattr(_backend, "native_available", lambda: True)
    assert _backend.choose("auto") == "native"
    assert _backend.choose("native") == "native"
    assert _backend.choose("reference") == "reference"


def test_an_engine_that_cannot_be_imported_is_missing(monkeypatch):
    original = builtins.__import__

    def refuse(name, globals=None, locals=None, fromlist=(), level=0):
        if "_native" in (fromlist or ()):
            raise ImportError(name)
        return original(name, globals, locals, fromlist, level)

    monkeypatch.setattr(builtins, "__import__", refuse)
    assert _backend.native_available() is False


def test_an_unknown_engine_lists_the_known():
    with pytest.raises(HalogradError, match=r"auto, native, reference.*did you mean 'native'"):
        ProjectedPairs(*ARGUMENTS, backend="natve")


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
