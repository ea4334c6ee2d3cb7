from benchmarks.tables.__main__ import TARGETS, summary


def test_each_target_is_judged():
    measured = {
        "counting": {"ratio": 2.0},
        "table": {"value_and_gradient_ms": 1.5},
        "tabulation": {"errors": [{"worst": 5e-4}, {"worst": 2e-3}]},
    }
    lines = {line["name"]: line for line in summary(measured)}
    assert set(lines) == set(TARGETS)
    assert lines["table / weighted count"]["met"]
    assert not lines["value and gradient, ms"]["met"]
    assert lines["largest error"]["value"] == 2e-3
    assert not lines["largest error"]["met"]
