from benchmarks.tables import several_columns
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


def test_targets_of_several_columns_are_judged():
    tables = [
        {
            "errors": {"wp": {"median": median, "95 %": 2e-3}},
            "value_and_jacobian_ms": 2.0,
            "seconds": 70.0,
        }
        for median in (1e-3, 5e-5)
    ]
    lines = {line["name"]: line for line in summary({"columns": {"tables": tables}})}
    assert set(lines) == set(several_columns.TARGETS)
    assert lines["wp, median error"] == {
        "name": "wp, median error",
        "value": 5e-5,
        "bound": 1e-4,
        "met": True,
    }
    assert not lines["wp, 95 % of errors"]["met"]
    assert lines["value and Jacobian, ms"]["met"]
    assert not lines["table, s"]["met"]
