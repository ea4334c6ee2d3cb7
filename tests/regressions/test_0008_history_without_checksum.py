"""A digit changed in a history file used to change the errors of a fit without a word."""

import re

import numpy as np
import pytest

from halograd import inference, models
from halograd.errors import DataError
from halograd.inference import HistoryFile, fit, read_history
from oracles.toy_universe import toy_universe


@pytest.fixture(scope="module")
def problem():
    sample = [(10.0, 11.0), (11.0, np.inf)]
    layout = inference.Observables(n=sample)
    predictor = inference.Predictor(toy_universe(), models.SmhmModel(), layout)
    values = np.asarray(predictor.value_and_jacobian({})[0], np.float64)
    data = inference.DataVector(layout, values, np.diag((0.05 * values) ** 2))
    free = {"log_ratio_crit": -1.5}
    fixed = {name: {"free": name in free} for name in predictor.model.space.names}
    space = predictor.model.space.replace(**fixed)

    def run(path, messages):
        history = HistoryFile(path, on_message=messages.append)
        return fit(predictor, data, start=free, space=space, history=history, max_steps=20)

    return run


def changed_digit(text, line):
    """One digit of the Jacobian of a line changed."""
    lines = text.splitlines(keepends=True)
    place = re.search(r"jacobian.*?[1-9]", lines[line]).end() - 1
    digit = "1" if lines[line][place] == "9" else "9"
    lines[line] = lines[line][:place] + digit + lines[line][place + 1 :]
    return "".join(lines)


def test_a_changed_digit_is_seen_and_its_step_made_anew(problem, tmp_path):
    path = tmp_path / "history.jsonl"
    whole = problem(path, [])
    content = path.read_text()
    n_line = content.count("\n")
    for line in range(2, n_line):
        path.write_text(changed_digit(content, line))
        with pytest.raises(DataError, match=rf"line {line + 1} of .*history.jsonl"):
            read_history(path)
        messages = []
        again = problem(path, messages)
        assert messages[0].startswith(f"line {line + 1} of history.jsonl is damaged")
        assert again.theta == whole.theta
        np.testing.assert_array_equal(again.covariance, whole.covariance)
        assert len(read_history(path)) == n_line - 1


def test_a_changed_start_sets_the_file_aside(problem, tmp_path):
    path = tmp_path / "history.jsonl"
    whole = problem(path, [])
    path.write_text(changed_digit(path.read_text(), 1))
    assert problem(path, []).theta == whole.theta
    assert (tmp_path / "history_old_1.jsonl").exists()


def test_a_history_of_the_last_version_is_set_aside(problem, tmp_path):
    path = tmp_path / "history.jsonl"
    problem(path, [])
    old = re.sub(r', "crc32": "[0-9a-f]{8}"', "", path.read_text()).replace(
        "history 4", "history 3"
    )
    path.write_text(old)
    messages = []
    problem(path, messages)
    assert "it is now history_old_1.jsonl" in messages[0]
    assert (tmp_path / "history_old_1.jsonl").read_text() == old
