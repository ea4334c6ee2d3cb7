import jax.numpy as jnp
import pytest
from benchmarks.sham import fill_docs, targets
from benchmarks.sham.clock import timed

GRADIENT = "value + gradient of a sum"


def seconds(value):
    return {"median_s": value}


def test_targets_are_judged_at_a_million_halos_only():
    measured = {f"network: {GRADIENT}": seconds(0.1), f"shamnet: {GRADIENT}": seconds(0.05)}
    ours, ratio = targets.lines(measured, targets.N)
    assert (ours["value"], ours["met"]) == (0.1, True)
    assert (ratio["value"], ratio["met"]) == (pytest.approx(2.0), False)
    assert [line["met"] for line in targets.lines(measured, 1000)] == [None, None]


def test_without_the_peer_there_is_no_ratio():
    assert len(targets.lines({f"network: {GRADIENT}": seconds(0.1)}, targets.N)) == 1


def test_tasks_take_turns_and_the_first_call_is_apart():
    calls = []
    tasks = {name: lambda name=name: calls.append(name) or jnp.zeros(1) for name in "ab"}
    found = timed(tasks, 3)
    assert calls == ["a", "b"] * 4
    assert len(found["a"]["all_s"]) == 3
    assert found["a"]["median_s"] == sorted(found["a"]["all_s"])[1]


def test_the_page_is_filled_between_its_marks_again_and_again():
    page = f"before\n{fill_docs.BEGIN}\nold\n{fill_docs.END}\nafter\n"
    misfit = {"draws": 7, "rms_dex": 0.00123, "worst_dex": {"median": 0.1, "p95": 0.2}}
    family = {
        "title": "the domain",
        "draws": 8,
        "with_solution": 7,
        "network_misses": 1,
        "misfit": {"network": misfit},
        "gradients": {"draws": 3, "rms": {"network": {"alpha": 0.0045}}},
        "mean_gradients_against_exact": {"all halos": {"alpha": 0.02}},
    }
    target = {"family": "domain", "name": "rms", "value": 0.00123, "bound": 0.002, "met": True}
    numbers = {"network_sha256": "abc", "targets": [target], "families": {"domain": family}}
    text = fill_docs.filled(page, numbers)
    assert text.startswith("before\n")
    assert text.endswith("after\n")
    assert "old" not in text
    assert "| network | 7 | 0.0012 |" in text
    assert "| network | 0.0045 |" in text
    assert fill_docs.filled(text, numbers) == text
