import numpy as np
import pytest
from benchmarks.pairs.agreement import differences
from benchmarks.pairs.case import Case
from benchmarks.pairs.results import Results


def record(results, case, values):
    results.add_times(case, [{"seconds": 1.0, "result": list(values)}])


def test_counts_differ_bin_by_bin(tmp_path):
    results = Results(tmp_path / "pairs.json", {})
    record(results, Case("halograd", 100, "value"), [10.0, 1000.0])
    record(results, Case("Corrfunc", 100, "value"), [11.0, 1000.0])
    (row,) = differences(results)
    assert (row["code"], row["reference"]) == ("Corrfunc", "halograd")
    assert row["difference"] == pytest.approx(0.1)


def test_derivatives_differ_on_the_scale_of_their_parameter(tmp_path):
    results = Results(tmp_path / "pairs.json", {})
    ours = np.outer([1.0, 2.0], [1.0, 1e-3, 1.0, 1.0, 1.0])
    theirs = ours + np.array([[0, 1e-3, 0, 0, 0], [0, 0, 0, 0, 0]])
    record(results, Case("halograd", 100, "jacobian"), ours.ravel())
    record(results, Case("shamnet", 100, "jacobian"), theirs.ravel())
    (row,) = differences(results)
    assert row["difference"] == pytest.approx(0.5)


def test_weighted_and_unweighted_counts_are_not_compared(tmp_path):
    results = Results(tmp_path / "pairs.json", {})
    record(results, Case("halograd", 100, "value"), [1.0])
    record(results, Case("Corrfunc", 100, "value", samples=0), [2.0])
    assert differences(results) == []
