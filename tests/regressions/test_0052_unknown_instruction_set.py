"""HALOGRAD_ISA with a name that is none meant the slowest kernel, without a word."""

import pytest

from halograd.errors import HalogradError
from halograd.pairs import ProjectedPairs, _native_library, backends

pytestmark = pytest.mark.skipif(
    not backends.native_available(), reason="the compiled pair engine is not installed"
)
ARGUMENTS = ([[1.0, 1.0, 1.0]], 50.0, [1.0, 2.0], 10.0)


@pytest.fixture
def not_yet_loaded():
    _native_library.library.cache_clear()
    yield
    _native_library.library.cache_clear()


@pytest.mark.parametrize("backend", ["auto", "native"])
def test_unknown_names_are_refused(not_yet_loaded, monkeypatch, backend):
    monkeypatch.setenv("HALOGRAD_ISA", "basline")
    with pytest.raises(HalogradError, match=r"must be one of .*baseline.*did you mean 'baseline'"):
        ProjectedPairs(*ARGUMENTS, backend=backend)
    monkeypatch.setenv("HALOGRAD_ISA", "foo")
    with pytest.raises(HalogradError, match=r"HALOGRAD_ISA must be one of .*got 'foo'"):
        ProjectedPairs(*ARGUMENTS, backend=backend)


@pytest.mark.parametrize("name", ["", "baseline"])
def test_known_names_are_taken(not_yet_loaded, monkeypatch, name):
    monkeypatch.setenv("HALOGRAD_ISA", name)
    assert ProjectedPairs(*ARGUMENTS).backend == "native"
