"""How far a long task is: bars on a terminal, a line now and then in a log."""

import time
from collections import deque
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Self

import numpy as np
from rich import progress as rich_progress
from rich.console import Console
from rich.progress import BarColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn

if TYPE_CHECKING:
    from halograd.inference import FitStep, SampleProgress
    from halograd.network_training.history import TrainingStep

COUNT, AT_MOST = "{done:,} of {total:,}", "{done:,} of at most {total:,}"
PERCENT = "{fraction:.0%}"
"""Ways to write how many steps of a task are done."""

_FIRST, _LONGEST = 10.0, 300.0  # seconds before the first line of a log, and between two at most
_SPEED_PERIOD = 120.0  # seconds of progress that the time left is estimated from
_TRAINING_MEMORY = 200  # steps of a training that its mean loss and speed are taken over


class Progress:
    """Named tasks within a `with`: bars on a terminal, and elsewhere a few `LogLines`.

    Args:
        console: Where to draw.
        count: How to write the steps done, such as `COUNT`.
        has_end: Whether the total is where the task ends, so that the time left can be told.
        transient: Whether the bars vanish at the end.
        clock: Seconds, from any beginning, for the lines of a log.
    """

    def __init__(
        self,
        console: Console,
        *,
        count: str = COUNT,
        has_end: bool = True,
        transient: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._console, self._count = console, count
        self._bars = rich_progress.Progress(
            *(
                TextColumn("  {task.description}"),
                BarColumn(24),
                TextColumn("{task.fields[state]}"),
            ),
            *(TimeElapsedColumn(),) * (not transient),
            *(TextColumn("left"), TimeRemainingColumn()) * has_end,
            console=console,
            disable=not console.is_terminal,
            transient=transient,
            speed_estimate_period=_SPEED_PERIOD,
        )
        self._tasks: dict[str, rich_progress.TaskID] = {}
        self._lines = LogLines(self._print, clock)

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bars.stop()
        self._lines.close()

    def show(self, task: str, done: int, total: int, state: str = "") -> None:
        """Show that `done` of `total` steps of a task are taken, with its state in words."""
        count = self._count.format(done=done, total=total, fraction=done / max(total, 1))
        text = f"{count}, {state}" if state else count
        if task not in self._tasks:
            self._tasks[task] = self._bars.add_task(task, total=total, completed=done, state=text)
        self._bars.update(self._tasks[task], completed=done, state=text)
        if not self._console.is_terminal:
            self._lines.show(task, text)

    def _print(self, text: str) -> None:
        self._console.print(f"  {text}", highlight=False, markup=False, soft_wrap=True)
        self._console.file.flush()


class FitProgress(Progress):
    """The steps of a fit with their χ².

    Args:
        console: Where to draw.
        task: Name of the fit.
        max_steps: The most steps it may take.
    """

    def __init__(self, console: Console, task: str, max_steps: int) -> None:
        super().__init__(console, count=f"step {AT_MOST}", has_end=False)
        self._task, self._max_steps = task, max_steps

    def __call__(self, step: "FitStep") -> None:
        """Show one step."""
        self.show(self._task, step.step + 1, self._max_steps, f"χ² = {step.chi2:.1f}")


class SamplingProgress(Progress):
    """The draws of a sampling with divergences, R-hat and effective draws."""

    def __init__(self, console: Console, **options: Callable[[], float]) -> None:
        super().__init__(console, count=AT_MOST, has_end=False, **options)

    def __call__(self, progress: "SampleProgress") -> None:
        """Show one block of draws."""
        state = f"{progress.evaluations:,} evaluations"
        if not progress.is_warmup:
            state += f", {progress.divergences} divergent"
            if (found := progress.convergence) is not None:
                state += (
                    f", R-hat {found.worst_r_hat:.3f}, effective {found.ess_bulk.min():.0f} bulk, "
                    f"{found.ess_tail.min():.0f} tail"
                )
        phase = "warm-up" if progress.is_warmup else "draws"
        self.show(phase, progress.step, progress.total, state)


class TrainingProgress(Progress):
    """The draws that are prepared for a training, then its steps with loss, misfit and speed."""

    def __init__(self, console: Console, **options: Callable[[], float]) -> None:
        super().__init__(console, **options)
        self._steps: deque[TrainingStep] = deque(maxlen=_TRAINING_MEMORY)
        self._times: deque[float] = deque(maxlen=_TRAINING_MEMORY)

    def show_draws(self, done: int, total: int) -> None:
        """Show how many draws are prepared."""
        self.show("draws", done, total)

    def begin_steps(self, step: int, total: int) -> None:
        """Show the step that the training begins after."""
        self.show("steps", step, total, "compiling")

    def show_step(self, step: "TrainingStep", total: int) -> None:
        """Show one step."""
        self._steps.append(step)
        self._times.append(time.monotonic())
        self.show("steps", step.step, total, self._state())

    def _state(self) -> str:
        passed = self._times[-1] - self._times[0]
        speed = (len(self._times) - 1) / passed if passed > 0 else 0.0
        text = f"{speed:.1f} steps/s"
        finite = [step for step in self._steps if np.isfinite([step.loss, step.misfit]).all()]
        if finite:
            loss = np.mean([step.loss for step in finite])
            rms = np.sqrt(np.mean([step.misfit for step in finite]))
            text = f"loss {loss:.2e}, misfit {rms:.4f} dex rms, {text}"
        skipped = self._steps[-1].skipped
        return text + (f", {skipped} skipped" if skipped else "")


class LogLines:
    """Where a task stands: after ten seconds, then ever more rarely, and where it ended.

    A task that takes less than ten seconds writes nothing.

    Args:
        write: Takes a line.
        clock: Seconds, from any beginning.
    """

    def __init__(
        self, write: Callable[[str], None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._write, self._clock = write, clock
        self._begin("")

    def show(self, task: str, state: str) -> None:
        """Where `task` stands now; a new one ends the one before."""
        if task != self._task:
            self.close()
            self._begin(task)
        self._pending = f"{task}: {state}"
        if self._clock() >= self._due:
            self._write_pending()
            self._wait = min(2 * self._wait, _LONGEST)
            self._due = self._clock() + self._wait

    def close(self) -> None:
        """Write where the last task ended."""
        if self._pending and self._clock() - self._began >= _FIRST:
            self._write_pending()

    def _begin(self, task: str) -> None:
        self._task, self._pending, self._wait = task, "", _FIRST
        self._began = self._clock()
        self._due = self._began + _FIRST

    def _write_pending(self) -> None:
        self._write(self._pending)
        self._pending = ""
