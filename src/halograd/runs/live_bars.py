"""What live lines share: bars on a terminal, a line now and then in a log."""

import time
from types import TracebackType
from typing import Any, Self

from rich.console import Console
from rich.progress import Progress, ProgressColumn


class LiveBars:
    """Named bars within a `with`, redrawn on a terminal; elsewhere lines, not too many.

    Args:
        console: Where to draw.
        columns: Of each bar.
        seconds_between_lines: Where there is no terminal to redraw.
        first_line_at_once: Whether the first line need not wait so long.
        options: Of `rich.progress.Progress`.
    """

    def __init__(
        self,
        console: Console,
        *columns: ProgressColumn,
        seconds_between_lines: float = 5.0,
        first_line_at_once: bool = False,
        **options: Any,
    ) -> None:
        self._console, self._interval = console, seconds_between_lines
        self._last_line = float("-inf") if first_line_at_once else time.monotonic()
        self._bars = Progress(*columns, console=console, disable=not console.is_terminal, **options)
        self._tasks: dict[str, Any] = {}

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

    def draw(self, name: str, done: int, total: int, **fields: str) -> None:
        """Draw a bar, a new one for a new name."""
        if name not in self._tasks:
            self._tasks[name] = self._bars.add_task(name, total=total, completed=done, **fields)
        self._bars.update(self._tasks[name], completed=done, **fields)

    def line(self, text: str, *, at_once: bool = False) -> None:
        """Print a line where there is no terminal, unless the last one is too young."""
        is_due = at_once or time.monotonic() - self._last_line > self._interval
        if self._console.is_terminal or not is_due:
            return
        self._last_line = time.monotonic()
        self._console.print(f"  {text}", highlight=False, soft_wrap=True)
        self._console.file.flush()
