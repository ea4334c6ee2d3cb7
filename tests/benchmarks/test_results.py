import json

import pytest
from benchmarks.pairs.case import Case
from benchmarks.pairs.results import Results

CASE = Case("halograd", 100, "value")
OTHER = Case("Corrfunc", 100, "value", samples=0)


def test_each_measurement_is_on_disk_at_once_and_survives(tmp_path):
    path = tmp_path / "pairs.json"
    results = Results(path, {"repeats": 3})
    results.add_times(CASE, [{"seconds": t, "result": [t]} for t in (3.0, 1.0, 2.0)])
    stored = json.loads(path.read_text())
    assert stored["repeats"] == 3
    assert stored["records"][0]["all_seconds"] == [3.0, 1.0, 2.0]
    assert Results(path, {"repeats": 3}, resume=True).seconds(CASE) == 2.0


def test_ratios_are_taken_turn_by_turn(tmp_path):
    results = Results(tmp_path / "pairs.json", {})
    assert results.ratio(CASE, OTHER) is None
    results.add_times(CASE, [{"seconds": t} for t in (1.0, 10.0, 2.0)])
    results.add_times(OTHER, [{"seconds": t} for t in (1.0, 5.0, 8.0)])
    assert results.ratio(CASE, OTHER) == 1.0  # of 1, 2 and 1/4; the medians give 2/5


def test_what_was_missing_is_tried_again(tmp_path):
    path = tmp_path / "pairs.json"
    results = Results(path, {})
    results.add_times(CASE, [{"seconds": 1.0}])
    results.add_missing(OTHER, "not installed")
    assert OTHER in results
    resumed = Results(path, {}, resume=True)
    assert CASE in resumed
    assert OTHER not in resumed


def test_a_run_on_another_machine_is_not_resumed(tmp_path):
    path = tmp_path / "pairs.json"
    Results(path, {"machine": "one"}).add_times(CASE, [{"seconds": 1.0}])
    with pytest.raises(ValueError, match="machine = one, this run has two"):
        Results(path, {"machine": "two"}, resume=True)


def test_without_resume_nothing_is_kept(tmp_path):
    path = tmp_path / "pairs.json"
    Results(path, {}).add_times(CASE, [{"seconds": 1.0}])
    assert CASE not in Results(path, {})
