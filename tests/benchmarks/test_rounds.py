import json
import sys
from typing import ClassVar

import pytest
from benchmarks.pairs import rounds
from benchmarks.pairs.cannot_do import CannotDo
from benchmarks.pairs.case import Case
from benchmarks.pairs.child import Child
from benchmarks.pairs.results import Results


class FakeChild:
    """Takes as many seconds as its code says, in the order asked."""

    asked: ClassVar = []
    seconds: ClassVar = {"halograd": 1.0, "Corrfunc": 20.0}

    def __init__(self, python, code, n, threads, backend):
        self.code = code

    def ask(self, case, timeout):
        self.asked.append(case.code)
        if case.code == "shamnet":
            raise CannotDo("not installed")
        return {"seconds": self.seconds[self.code]}

    def close(self):
        pass


@pytest.fixture
def measured(tmp_path, monkeypatch):
    monkeypatch.setattr(rounds, "Child", FakeChild)
    monkeypatch.setattr(FakeChild, "asked", [])
    results = Results(tmp_path / "pairs.json", {})
    codes = ("halograd", "Corrfunc", "shamnet")
    taker = rounds.Rounds(
        results,
        repeats=3,
        limit=15,
        pythons=dict.fromkeys(codes),
        backend="auto",
        advance=lambda case: None,
    )
    cases = [Case(code, 100, "value") for code in codes]
    taker.measure(cases)
    return taker, results, cases


def test_codes_take_turns_and_slow_ones_have_one(measured):
    _, results, cases = measured
    codes = ["halograd", "Corrfunc", "shamnet", "halograd", "halograd"]
    assert FakeChild.asked == codes
    assert results.find(cases[0])["all_seconds"] == [1.0] * 3
    assert results.find(cases[1])["all_seconds"] == [20.0]
    assert results.find(cases[2])["missing"] == "not installed"


def test_what_is_measured_is_not_measured_again(measured):
    taker, _, cases = measured
    before = len(FakeChild.asked)
    taker.measure(cases)
    assert len(FakeChild.asked) == before


def test_what_would_take_too_long_at_the_next_size_is_missing(measured):
    taker, results, _ = measured
    quick, slow = (Case(code, 1_000, "value") for code in ("halograd", "Corrfunc"))
    taker.measure([quick, slow])
    assert results.seconds(quick) == 1.0
    assert "about 200 s expected" in results.find(slow)["missing"]


@pytest.mark.slow
def test_a_worker_counts_and_says_what_it_cannot():
    child = Child(sys.executable, "halograd", 500, 1, "reference")
    try:
        reply = child.ask(Case("halograd", 500, "value"), timeout=120)
        with pytest.raises(CannotDo, match="KeyError"):
            child.ask(Case("halograd", 500, "no such task"), timeout=120)
    finally:
        child.close()
    assert reply["seconds"] > 0
    assert len(reply["result"]) == 12
    assert reply["backend"] == "reference"
    assert json.dumps(reply)
