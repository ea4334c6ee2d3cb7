import pytest
from benchmarks.pairs import targets
from benchmarks.pairs.case import Case
from benchmarks.pairs.results import Results

MILLION = 1_000_000


@pytest.fixture
def results(tmp_path):
    return Results(tmp_path / "pairs.json", {})


def gradient(n, threads=2, **changes):
    options = {"samples": 1, "memory": "keep", **changes}
    return Case("halograd", n, "gradient", threads=threads, **options)


def line(results, target):
    return next(row for row in targets.lines(results, [1, 2]) if row["name"] == target.name)


@pytest.mark.parametrize(("ours", "met"), [(5.0, True), (6.0, False)])
def test_a_ratio_is_judged_at_the_size_of_its_target(results, ours, met):
    results.add_times(gradient(MILLION), [{"seconds": ours}])
    results.add_times(Case("Corrfunc", MILLION, "value", samples=0, threads=2), [{"seconds": 4.0}])
    row = line(results, targets.UNWEIGHTED)
    assert row["value"] == pytest.approx(ours / 4)
    assert row["met"] is met


def test_a_smaller_run_shows_the_ratio_without_a_verdict(results):
    for n, seconds in ((100, 9.0), (1_000, 1.0)):
        results.add_times(gradient(n), [{"seconds": seconds}])
        results.add_times(Case("Corrfunc", n, "value", samples=0, threads=2), [{"seconds": 1.0}])
    row = line(results, targets.UNWEIGHTED)
    assert (row["value"], row["n"], row["met"]) == (1.0, 1_000, None)


def test_more_threads_must_be_faster(results):
    results.add_times(gradient(MILLION, threads=1), [{"seconds": 9.0}])
    results.add_times(gradient(MILLION), [{"seconds": 6.0}])
    row = line(results, targets.THREADS)
    assert row["value"] == 1.5
    assert row["met"] is False


def test_ten_times_the_points(results):
    results.add_times(gradient(MILLION), [{"seconds": 10.0}])
    results.add_times(gradient(MILLION // 10), [{"seconds": 1.0}])
    assert line(results, targets.POINTS)["met"] is True


def test_memory_counts_beyond_inputs_and_residual(results):
    case = gradient(MILLION, measure="memory")
    record = {"bytes": 500e6, "residual_bytes": 100e6, "input_bytes": 500e6}
    results.add_memory(case, record)
    (row,) = targets.lines(results, [2])
    assert row["value"] == pytest.approx(400 / 300)
    assert row["met"] is False


def test_what_is_missing_makes_no_ratio(results):
    results.add_times(gradient(MILLION), [{"seconds": 1.0}])
    results.add_missing(Case("Corrfunc", MILLION, "value", samples=0, threads=2), "not installed")
    assert targets.lines(results, [2]) == []


def test_pairs_per_second_are_those_corrfunc_counted(results):
    results.add_times(gradient(100), [{"seconds": 2.0}])
    peer = Case("Corrfunc", 100, "value", samples=0, threads=2)
    results.add_times(peer, [{"seconds": 1.0, "result": [4.0, 6.0]}])
    assert targets.pairs_per_second(results, [2]) == [(100, 10.0, 5.0)]
