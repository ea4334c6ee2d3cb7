"""The live line of mocks drawn for a covariance."""

import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

_LOG_INTERVAL = 5.0  # seconds between lines where there is no terminal to redraw


class MockProgress:
    """Shows the mocks done: a live bar on a terminal, a line now and then in a log."""

    def __init__(self, console: Console, n_mock: int) -> None:
        self._console, self._n_mock = console, n_mock
        self._last_line = time.monotonic()
        columns = (
            *(TextColumn("  {task.completed} of {task.total} mocks"), BarColumn(30)),
            *(TimeElapsedColumn(), TextColumn("to go"), TimeRemainingColumn()),
        )
        self._bar = Progress(*columns, console=console, disable=not console.is_terminal)

    def __enter__(self) -> Self:
        if self._n_mock:
            self._task = self._bar.add_task("mocks", total=self._n_mock)
            self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bar.stop()

    def __call__(self, done: int) -> None:
        """Show that so many mocks are done."""
        self._bar.update(self._task, completed=done)
        if self._console.is_terminal or time.monotonic() - self._last_line < _LOG_INTERVAL:
            return
        self._last_line = time.monotonic()
        self._console.print(f"  {done} of {self._n_mock} mocks", highlight=False)
        self._console.file.flush()
