"""The live line of a tabulation: task, share, time."""

import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

_LOG_INTERVAL = 5.0  # seconds between lines where there is no terminal to redraw


class TableProgress:
    """Shows each task: a live bar on a terminal, a line now and then in a log."""

    def __init__(self, console: Console) -> None:
        self._console, self._last_line = console, time.monotonic()
        columns = (
            *(TextColumn("  {task.description}"), BarColumn(30)),
            *(TaskProgressColumn(), TimeRemainingColumn()),
        )
        self._bar = Progress(*columns, console=console, disable=not console.is_terminal)
        self._tasks = {}

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

    def __call__(self, task: str, done: int, total: int) -> None:
        """Show that `done` steps of `total` of a task are taken."""
        if task not in self._tasks:
            self._tasks[task] = self._bar.add_task(task, total=total)
        self._bar.update(self._tasks[task], completed=done)
        if self._console.is_terminal or time.monotonic() - self._last_line < _LOG_INTERVAL:
            return
        self._last_line = time.monotonic()
        self._console.print(f"  {task}: {done / max(total, 1):.0%}", highlight=False)
        self._console.file.flush()
