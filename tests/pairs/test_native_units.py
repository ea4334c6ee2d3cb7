"""The C++ tests of the compiled engine, where there is a compiler to build them."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

RUN = Path(__file__).parents[2] / "native" / "tests" / "run.py"


def compiler():
    spec = importlib.util.spec_from_file_location("run_native_tests", RUN)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.compiler()


@pytest.mark.skipif(compiler() is None, reason="no C++ compiler to build native/tests with")
@pytest.mark.parametrize(
    "options",
    [[], pytest.param(["--sanitize"], marks=pytest.mark.slow)],
    ids=["plain", "sanitized"],
)
def test_units(options, pytestconfig):
    folder = pytestconfig.cache.mkdir("-".join(["native", *options]))
    command = [sys.executable, str(RUN), *options, "--build", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "all checks passed" in done.stdout
