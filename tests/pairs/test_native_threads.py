"""The compiled engine gives the same bits for any number of threads."""

import os

import numpy as np
import pytest

from halograd.pairs import backends
from oracles import engine_results

pytestmark = pytest.mark.skipif(
    not backends.native_available(), reason="the compiled pair engine is not installed"
)

NAMES = ("projected", "rp_pi")


@pytest.fixture(scope="module", autouse=True)
def quick_compilation():
    """Off: this process must compile as the one it is compared with."""


@pytest.fixture(scope="module")
def with_one_thread():
    return engine_results.compute(NAMES, threads=1)


def assert_same_bits(found, expected):
    different = [name for name in expected if found[name].tobytes() != expected[name].tobytes()]
    assert different == []


def test_the_results_compared_are_not_trivial(with_one_thread):
    assert len(with_one_thread) == 12
    assert all(np.count_nonzero(values) > 0 for values in with_one_thread.values())


@pytest.mark.parametrize("threads", [2, None])
def test_bits_do_not_depend_on_threads(with_one_thread, threads):
    assert_same_bits(engine_results.compute(NAMES, threads=threads), with_one_thread)


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="processes cannot be bound here")
@pytest.mark.slow
def test_bits_do_not_depend_on_the_cores_of_the_process(with_one_thread, tmp_path):
    core = min(os.sched_getaffinity(0))
    found = engine_results.from_new_process(tmp_path / "bound.npz", NAMES, core=core)
    assert_same_bits(found, with_one_thread)
