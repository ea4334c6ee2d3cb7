import io
from contextlib import suppress

import pytest
from rich.console import Console

from halograd.inference import FitStep, SampleProgress
from halograd.network_training.history import TrainingStep
from halograd.runs.progress import (
    PERCENT,
    FitProgress,
    LogLines,
    Progress,
    SamplingProgress,
    TrainingProgress,
)


class Log(LogLines):
    """Lines with the second at which each is written, by a clock that is set."""

    def __init__(self):
        self.now, self.lines = 0.0, []
        super().__init__(lambda text: self.lines.append((self.now, text)), lambda: self.now)

    def run(self, task, seconds):
        for i in range(seconds + 1):
            self.now += i > 0
            self.show(task, f"{i} of {seconds}")


@pytest.fixture
def log():
    return Log()


def test_a_long_task_speaks_ever_more_rarely_and_says_its_end(log):
    log.run("draws", 114)
    log.close()
    assert [when for when, _ in log.lines] == [10, 30, 70, 114]
    assert log.lines[-1][1] == "draws: 114 of 114"


def test_hours_have_a_line_every_five_minutes(log):
    log.run("steps", 4 * 3600)
    assert 40 < len(log.lines) < 60
    assert log.lines[-1][0] - log.lines[-2][0] == 300


def test_a_new_task_ends_the_one_before(log):
    log.run("warm-up", 15)
    log.run("draws", 12)
    assert [text for _, text in log.lines] == [
        "warm-up: 10 of 15",
        "warm-up: 15 of 15",
        "draws: 10 of 12",
    ]


def test_what_is_quick_or_said_already_is_not_said(log):
    log.run("reading", 9)
    log.run("counting", 10)
    log.close()
    assert log.lines == [(19, "counting: 10 of 10")]


def test_a_stuck_task_speaks_when_it_moves(log):
    log.show("reading", "0%")
    log.now = 60.0
    log.show("reading", "100%")
    log.close()
    assert log.lines == [(60, "reading: 100%")]


def sampling(step):
    return SampleProgress(step < 5, step, 100, 0, 8 * step, None, 0.1 * step)


@pytest.mark.parametrize("is_terminal", [False, True])
def test_bars_on_a_terminal_and_no_trace_of_them_in_a_log(is_terminal):
    text = io.StringIO()
    console = Console(file=text, force_terminal=is_terminal, width=100)
    with SamplingProgress(console) as progress:
        for step in range(10):
            progress(sampling(step))
    with Progress(console, count=PERCENT, transient=True) as progress:
        for step in range(10):
            progress.show("counting pairs", step, 10)
    with FitProgress(console, "adam", 20) as progress:
        progress(FitStep(3, 12.34, {}, 1.0))
    if is_terminal:
        assert "draws" in text.getvalue()
        assert "counting pairs" in text.getvalue()
        assert "90%" in text.getvalue()
        assert "step 4 of at most 20, χ² = 12.3" in text.getvalue()
    else:
        assert text.getvalue() == ""


def test_an_end_by_ctrl_c_says_how_far_it_was():
    text, seconds = io.StringIO(), iter((0, 0, 4, 5, 60))
    progress = SamplingProgress(Console(file=text, width=100), clock=seconds.__next__)
    with suppress(KeyboardInterrupt), progress:
        progress(sampling(3))
        progress(sampling(4))
        raise KeyboardInterrupt
    assert text.getvalue() == "  warm-up: 4 of at most 100, 32 evaluations\n"


def test_a_long_training_says_its_loss():
    text, seconds = io.StringIO(), iter((0, 0, *range(60, 600, 60)))
    console = Console(file=text, width=100)
    with TrainingProgress(console, clock=seconds.__next__) as progress:
        progress.show_step(TrainingStep(40, 1e-3, 4e-4, 1.0, skipped=2), 40)
    said = text.getvalue()
    assert said.startswith("  steps: 40 of 40, loss 1.00e-03, misfit 0.0200 dex rms")
    assert said.endswith("2 skipped\n")
