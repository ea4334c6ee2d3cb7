"""The live lines of a training: draws prepared; steps, loss, misfit, speed, time left."""

import time
from collections import deque
from types import TracebackType
from typing import Self

import numpy as np
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from halograd.sham.training.history import TrainingStep

_LOG_INTERVAL = 30.0  # seconds between lines where there is no terminal to redraw
_MEMORY = 200  # steps that means and speed are taken over


class TrainProgress:
    """Shows the draws and then each step: live bars on a terminal, a line now and then in a log."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._losses: deque[TrainingStep] = deque(maxlen=_MEMORY)
        self._times: deque[float] = deque(maxlen=_MEMORY)
        self._last_line = time.monotonic()
        columns = (
            *(TextColumn("  {task.description}"), BarColumn(24)),
            TextColumn("{task.completed:,} of {task.total:,}"),
            *(TextColumn("{task.fields[state]}"), TimeElapsedColumn()),
            *(TextColumn("left"), TimeRemainingColumn()),
        )
        self._bar = Progress(
            *columns, console=console, disable=not console.is_terminal, speed_estimate_period=120
        )
        self._tasks: dict[str, int] = {}

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bar.stop()

    def drawn(self, done: int, total: int) -> None:
        """Show how many draws are prepared."""
        self._show("draws", done, total, "")

    def begin(self, step: int, total: int) -> None:
        """Show where the steps begin."""
        self._show("steps", step, total, "compiling")

    def stepped(self, step: TrainingStep, total: int) -> None:
        """Show one step."""
        self._losses.append(step)
        self._times.append(time.monotonic())
        self._show("steps", step.step, total, self._state())

    def _state(self) -> str:
        sound = [step for step in self._losses if np.isfinite([step.loss, step.misfit]).all()]
        skipped = self._losses[-1].skipped
        text = f"{self._speed():.1f} steps/s"
        if sound:
            loss = np.mean([step.loss for step in sound])
            rms = np.sqrt(np.mean([step.misfit for step in sound]))
            text = f"loss {loss:.2e}, misfit {rms:.4f} dex rms, {text}"
        return text + (f", {skipped} skipped" if skipped else "")

    def _speed(self) -> float:
        passed = self._times[-1] - self._times[0]
        return (len(self._times) - 1) / passed if passed > 0 else 0.0

    def _show(self, name: str, done: int, total: int, state: str) -> None:
        if name not in self._tasks:
            self._tasks[name] = self._bar.add_task(name, total=total, completed=done, state=state)
        self._bar.update(self._tasks[name], completed=done, state=state)
        is_due = time.monotonic() - self._last_line > _LOG_INTERVAL or done == total
        if self._console.is_terminal or not is_due:
            return
        self._last_line = time.monotonic()
        text = f"  {name}: {done:,} of {total:,}" + (f", {state}" if state else "")
        self._console.print(text, highlight=False, soft_wrap=True)
        self._console.file.flush()
