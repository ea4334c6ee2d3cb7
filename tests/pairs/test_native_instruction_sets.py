"""The compiled engine counts the same with every instruction set."""

from pathlib import Path

import numpy as np
import pytest

from halograd.pairs import backends
from oracles import brute_force, engine_results
from oracles.clustered_points import BOX
from oracles.pair_cases import BINNINGS

pytestmark = pytest.mark.skipif(
    not backends.native_available(), reason="the compiled pair engine is not installed"
)

NEEDS = {"avx2": {"avx2", "fma"}, "avx512": {"avx512f", "avx512dq", "avx512vl", "avx512bw"}}
TOLERANCE = {"float32": 1e-6, "float64": 1e-12}


def processor_has(name):
    information = Path("/proc/cpuinfo")
    flags = information.read_text().split() if information.exists() else []
    return NEEDS[name] <= set(flags)


def results(folder, name, binnings=tuple(BINNINGS)):
    environment = {"HALOGRAD_ISA": name}
    path = folder / f"{name}.npz"
    return engine_results.from_new_process(path, binnings, environment=environment)


@pytest.fixture(scope="module")
def baseline(tmp_path_factory):
    return results(tmp_path_factory.mktemp("baseline"), "baseline")


@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize("name", BINNINGS)
def test_baseline_counts_every_pair(baseline, name, dtype):
    assert baseline["instruction_set"] == "baseline"
    bins = BINNINGS[name]
    counts = brute_force.unit_counts_2d(
        engine_results.points(),
        BOX,
        bins.edges,
        bins.line_of_sight_edges,
        is_projected=bins.is_projected,
    )
    found = baseline[f"{name} {dtype} counts"][0]
    np.testing.assert_array_equal(found, counts.reshape(found.shape))


@pytest.mark.parametrize("name", NEEDS)
def test_every_instruction_set_agrees_with_baseline(baseline, name, tmp_path):
    if not processor_has(name):
        pytest.skip(f"this processor lacks {name}")
    found = results(tmp_path, name)
    assert found.pop("instruction_set") == name
    for key, values in found.items():
        _, dtype, what = key.split()
        # sums in a bin are differences of cumulative ones, and rounded as those
        close = {"rtol": TOLERANCE[dtype], "atol": TOLERANCE[dtype] * values.max() / 4}
        np.testing.assert_allclose(values, baseline[key], **close, err_msg=key)
        if what != "gradient":
            units = {"counts": (0,), "around": (slice(None), 0)}[what]
            np.testing.assert_array_equal(values[units], baseline[key][units], err_msg=key)


def test_a_missing_instruction_set_falls_back_to_the_best_below(tmp_path):
    if processor_has("avx512"):
        pytest.skip("this processor has every instruction set")
    best = "avx2" if processor_has("avx2") else "baseline"
    assert results(tmp_path, "avx512", ["radial"])["instruction_set"] == best
