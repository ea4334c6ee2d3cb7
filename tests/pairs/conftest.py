import contextlib

import jax
import pytest

from halograd.pairs import backends
from oracles.pair_cases import BINNINGS, SPACES


@pytest.fixture(scope="module", autouse=True)
def quick_compilation():
    """Nearly all the time of these tests is XLA's, on programs that then run for moments."""
    before = jax.config.read("jax_disable_most_optimizations")
    jax.config.update("jax_disable_most_optimizations", True)
    yield
    jax.config.update("jax_disable_most_optimizations", before)


@pytest.fixture(params=["reference", "native"])
def backend(request):
    if request.param == "native" and not backends.native_available():
        pytest.skip("the compiled pair engine is not installed")
    return request.param


@pytest.fixture(params=BINNINGS)
def binning(request):
    return BINNINGS[request.param]


@pytest.fixture(params=["periodic", "open"])  # "mixed" is for the lines of sight
def space(request):
    return SPACES[request.param]


@pytest.fixture(params=["float32", "float64"])
def dtype(request):
    """A precision, JAX being in the mode that it needs."""
    with jax.enable_x64(True) if request.param == "float64" else contextlib.nullcontext():
        yield request.param
