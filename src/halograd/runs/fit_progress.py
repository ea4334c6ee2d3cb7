"""The live line of a fit: method, step, χ², time."""

import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from halograd.inference import FitStep

_LOG_INTERVAL = 5.0  # seconds between lines where there is no terminal to redraw


class FitProgress:
    """Shows each step: a live bar on a terminal, a line now and then in a log."""

    def __init__(self, console: Console, method: str, max_steps: int) -> None:
        self._console, self._method = console, method
        self._last_line = -_LOG_INTERVAL
        columns = (
            *(TextColumn("  {task.description}"), BarColumn(30)),
            TextColumn("step {task.completed} of at most {task.total}"),
            *(TextColumn("χ² = {task.fields[chi2]}"), TimeElapsedColumn()),
        )
        self._bar = Progress(*columns, console=console, disable=not console.is_terminal)
        self._task = self._bar.add_task(method, total=max_steps, chi2="…")

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

    def __call__(self, step: FitStep) -> None:
        """Show one step."""
        self._bar.update(self._task, completed=step.step + 1, chi2=f"{step.chi2:.1f}")
        if self._console.is_terminal or time.monotonic() - self._last_line < _LOG_INTERVAL:
            return
        self._last_line = time.monotonic()
        self._console.print(
            f"  {self._method}: step {step.step + 1}, χ² = {step.chi2:.1f}, {step.seconds:.1f} s",
            highlight=False,
        )
        self._console.file.flush()
