"""A compiled engine cut short ended the process with SIGBUS; now the reference engine counts."""

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from halograd.pairs._native_library import is_whole, library

CUT = """
import sys, types, warnings
import numpy as np
from halograd.pairs import ProjectedPairs, _native_library

_native_library.find_spec = lambda name: types.SimpleNamespace(origin=sys.argv[1])
with warnings.catch_warnings(record=True) as told:
    warnings.simplefilter("always")
    pairs = ProjectedPairs(np.ones((4, 3)), 30.0, [0.0, 2.0], 10.0)
print(pairs.backend, any("compiled pair engine was not found" in str(w.message) for w in told))
print(float(pairs(np.ones(4))[0]))
"""


@pytest.fixture
def whole():
    found = find_spec("halograd.pairs.halograd_native")
    if found is None or library() is None:
        pytest.skip("the compiled pair engine is not installed")
    return Path(found.origin).read_bytes()


@pytest.fixture
def as_file(tmp_path):
    def write(content):
        path = tmp_path / "halograd_native.so"
        path.write_bytes(content)
        return path

    return write


@pytest.mark.parametrize("fraction", [0.0, 1e-5, 0.01, 0.5, 0.99, 0.999999])
def test_cut_libraries_are_recognised(whole, as_file, fraction):
    assert not is_whole(as_file(whole[: int(fraction * len(whole))]))


def test_whole_libraries_are_taken(whole, as_file, tmp_path):
    assert is_whole(as_file(whole))
    assert not is_whole(tmp_path / "missing.so")
    assert not is_whole(tmp_path)


@pytest.mark.parametrize("fraction", [pytest.param(0.0, marks=pytest.mark.slow), 0.4])
def test_the_reference_counts_instead(whole, as_file, fraction):
    path = as_file(whole[: int(fraction * len(whole))])
    done = subprocess.run(
        [sys.executable, "-c", CUT, str(path)], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["reference", "True", "12.0"]
