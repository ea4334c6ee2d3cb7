"""Pairs that were pickled could not count in a new process, whose XLA did not know the engine."""

import multiprocessing
import os
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor

import numpy as np
import pytest

from halograd.pairs import ProjectedPairs, SMuCrossPairs

POINTS = np.random.default_rng(0).random((60, 3)) * 30
SPAWN = multiprocessing.get_context("spawn")


@pytest.fixture
def without_coverage_of_main(monkeypatch):
    """A spawned process runs its parent's main module again, here pytest's own."""
    monkeypatch.delattr(sys.modules["__main__"], "__file__", raising=False)
    monkeypatch.setattr(sys.modules["__main__"], "__spec__", None, raising=False)


@pytest.mark.parametrize("backend", ["auto", pytest.param("reference", marks=pytest.mark.slow)])
def test_counts_in_new_processes(without_coverage_of_main, backend):
    within = ProjectedPairs(POINTS, 30.0, [0.0, 2.0, 9.0], 10.0, backend=backend)
    between = SMuCrossPairs(POINTS, POINTS[:9], 30.0, [1.0, 9.0], [0.0, 0.5, 1.0], backend=backend)
    ones, few = np.ones(60, np.float32), np.ones(9, np.float32)
    with ProcessPoolExecutor(1, mp_context=SPAWN) as workers:
        found = workers.submit(within, ones), workers.submit(between, ones, few)
        np.testing.assert_array_equal(found[0].result(120), within(ones))
        np.testing.assert_array_equal(found[1].result(120), between(ones, few))
    with SPAWN.Pool(1) as pool:  # which sends them by other means
        np.testing.assert_array_equal(pool.apply(within, (ones,)), within(ones))


FORK = """
import os, sys, warnings
import numpy as np
from halograd.errors import HalogradError
from halograd.pairs import ProjectedPairs

warnings.simplefilter("ignore")  # JAX itself advises against a fork
make = lambda: ProjectedPairs(np.ones((4, 3)), 30.0, [0.0, 2.0], 10.0)
if sys.argv[1] == "after":
    pairs = make()
    pairs(np.ones(4))
child = os.fork()
if child == 0:
    answer = "counted"
    try:
        if sys.argv[1] == "before":
            pairs = make()
        pairs(np.ones(4))
    except HalogradError as error:
        answer = str(error)
    print(answer, flush=True)
    os._exit(0)
os.waitpid(child, 0)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.parametrize(
    ("when", "answer"),
    [pytest.param("before", "counted", marks=pytest.mark.slow), ("after", 'get_context("spawn")')],
)
def test_a_forked_process_is_told_rather_than_left_waiting(when, answer):
    command = [sys.executable, "-c", FORK, when]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    assert answer in done.stdout
