import json
import zlib

import numpy as np
import pytest

from halograd.inference import HistoryFile, fit, read_history

OFFSET = {"log_m_crit": 11.9, "log_ratio_crit": -1.7, "scatter_high": 0.45}
METHODS = {"levenberg-marquardt": 40, "l-bfgs": 80, "adam": 60}


class Counting:
    """A predictor that counts what it is asked, and can be cut."""

    def __init__(self, predictor, cut_after=np.inf):
        self._predictor, self._cut_after, self.calls = predictor, cut_after, 0

    def __getattr__(self, name):
        return getattr(self._predictor, name)

    def value_and_jacobian(self, theta):
        if self.calls >= self._cut_after:
            raise KeyboardInterrupt
        self.calls += 1
        return self._predictor.value_and_jacobian(theta)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "run" / "history.jsonl"


@pytest.fixture
def run(data, space):
    def run(predictor, history, method="levenberg-marquardt", **options):
        options = {"start": OFFSET, "space": space, "max_steps": METHODS[method], **options}
        return fit(predictor, data, method=method, history=history, curvature=False, **options)

    return run


def sealed(content):
    """A line with the checksum of what stands before it."""
    text = json.dumps(content)[:-1]
    return f'{text}, "crc32": "{zlib.crc32(text.encode()):08x}"}}'


@pytest.mark.parametrize("method", METHODS)
def test_a_fit_that_was_cut_goes_on_and_ends_in_the_same_bits(predictor, path, run, method):
    whole = run(predictor, None, method)
    with pytest.raises(KeyboardInterrupt):
        run(Counting(predictor, cut_after=3), HistoryFile(path), method)
    assert len(read_history(path)) == 3
    again = Counting(predictor)
    messages = []
    resumed = run(again, HistoryFile(path, on_message=messages.append), method)
    assert messages == ["going on after 3 steps kept in history.jsonl"]
    # The start is evaluated anew, to see that the file is of this fit.
    assert again.calls == len(whole.steps) - 3 + 1
    assert resumed.theta == whole.theta
    assert [step.chi2 for step in resumed.steps] == [step.chi2 for step in whole.steps]
    assert [step.step for step in read_history(path)] == list(range(len(whole.steps)))
    seconds = [step.seconds for step in read_history(path)]
    assert seconds == sorted(seconds)


def test_a_finished_fit_is_not_done_again(predictor, path, run):
    first = run(predictor, HistoryFile(path))
    again = Counting(predictor)
    assert run(again, HistoryFile(path)).theta == first.theta
    assert again.calls == 1


def test_more_steps_continue_a_fit_that_ran_out(predictor, path, run):
    short = run(predictor, HistoryFile(path), max_steps=3)
    assert short.status == "out of steps"
    again = Counting(predictor)
    assert run(again, HistoryFile(path)).theta == run(predictor, None).theta
    assert again.calls == len(read_history(path)) - 3 + 1


@pytest.mark.parametrize("cut", [1, 40, 3000])
def test_a_line_cut_by_a_kill_is_made_again(predictor, path, run, cut):
    whole = run(predictor, HistoryFile(path))
    content = path.read_bytes()
    path.write_bytes(content[:-cut])
    kept = len(read_history(path))
    assert kept < len(whole.steps)
    assert run(predictor, HistoryFile(path)).theta == whole.theta
    assert len(read_history(path)) == len(whole.steps)


def test_from_where_the_minimiser_turns_elsewhere_the_file_is_dropped(predictor, path, run):
    whole = run(predictor, HistoryFile(path))
    header, first, second, *_ = path.read_text().splitlines()
    moved = json.loads(second)
    moved["evaluation"]["u"][0] += 0.5
    del moved["crc32"]
    path.write_text("\n".join([header, first, sealed(moved), ""]))
    assert run(predictor, HistoryFile(path)).theta == whole.theta
    assert len(read_history(path)) == len(whole.steps)


@pytest.mark.parametrize(
    "change", ["start", "data", "method", "bounds", "not a history", "a damaged step"]
)
def test_the_history_of_another_fit_is_set_aside(
    predictor, data, space, path, run, change, observables
):
    run(predictor, HistoryFile(path))
    if change == "not a history":
        path.write_text('{"step": 0, "chi2": 1.0, "theta": {}, "seconds": 0.0}\n')
    if change == "a damaged step":
        path.write_text(path.read_text().replace('"residuals"', '"rests"', 1))
    before, messages = path.read_bytes(), []
    options = {"max_steps": 2}
    if change == "start":
        options["start"] = {**OFFSET, "log_m_crit": 11.8}
    if change == "bounds":
        options["space"] = space.replace(log_m_crit={"low": 11.0})
    method = "l-bfgs" if change == "method" else "levenberg-marquardt"
    history = HistoryFile(path, on_message=messages.append)
    if change == "data":
        other = type(data)(observables, data.values * 1.01, data.covariance)
        fit(predictor, other, start=OFFSET, space=space, curvature=False, history=history)
    else:
        run(predictor, history, method, **options)
    assert (path.parent / "history_old_1.jsonl").read_bytes() == before
    assert "belongs to another fit: it is now history_old_1.jsonl" in messages[0]
    assert read_history(path)[0].step == 0


def test_fresh_forgets(predictor, path, run):
    run(predictor, HistoryFile(path), max_steps=3)
    again = Counting(predictor)
    run(again, HistoryFile(path, fresh=True), max_steps=3)
    assert again.calls == 3
    assert [p.name for p in path.parent.iterdir()] == ["history.jsonl"]


def test_the_steps_of_a_file(predictor, path, run):
    result = run(predictor, HistoryFile(path))
    assert read_history(path) == result.steps
