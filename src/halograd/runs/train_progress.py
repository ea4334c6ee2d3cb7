"""The live lines of a training: draws prepared; steps, loss, misfit, speed, time left."""

import time
from collections import deque

import numpy as np
from rich.console import Console
from rich.progress import BarColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from halograd.network_training.history import TrainingStep
from halograd.runs.live_bars import LiveBars

_MEMORY = 200  # steps that means and speed are taken over


class TrainProgress(LiveBars):
    """Shows the draws and then each step."""

    def __init__(self, console: Console) -> None:
        self._losses: deque[TrainingStep] = deque(maxlen=_MEMORY)
        self._times: deque[float] = deque(maxlen=_MEMORY)
        columns = (
            *(TextColumn("  {task.description}"), BarColumn(24)),
            TextColumn("{task.completed:,} of {task.total:,}"),
            *(TextColumn("{task.fields[state]}"), TimeElapsedColumn()),
            *(TextColumn("left"), TimeRemainingColumn()),
        )
        super().__init__(console, *columns, speed_estimate_period=120)

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
        self.draw(name, done, total, state=state)
        self.line(name, f"{done:,} of {total:,}" + (f", {state}" if state else ""))
