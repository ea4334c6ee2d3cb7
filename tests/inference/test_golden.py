"""Numbers that a rearrangement of the code must not move."""

import importlib.util
from pathlib import Path

import jax
import numpy as np
import pytest

SCRIPT = Path(__file__).parents[1] / "golden" / "predictions" / "make_predictions.py"


@pytest.fixture(scope="module")
def golden():
    spec = importlib.util.spec_from_file_location("make_predictions", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def compare(found, stored, rtol):
    for name, values in found.items():
        scale = np.abs(stored[name]).max()
        np.testing.assert_allclose(values, stored[name], rtol=rtol, atol=rtol * scale, err_msg=name)


def test_predictions_and_their_jacobians(golden):
    with jax.enable_x64(True):
        compare(golden.predictions(), np.load(golden.STORED), rtol=1e-10)


@pytest.mark.slow
def test_table_fit_and_draws(golden):
    with jax.enable_x64(True):
        compare(golden.inferences(), np.load(golden.STORED), rtol=1e-6)
