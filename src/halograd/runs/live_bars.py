"""What live lines share: bars on a terminal, a line now and then in a log."""

from types import TracebackType
from typing import Any, Self

from rich.console import Console
from rich.progress import Progress, ProgressColumn

from halograd.runs.log_lines import LogLines


class LiveBars:
    """Named bars within a `with`, redrawn on a terminal; elsewhere lines, not many.

    Args:
        console: Where to draw.
        columns: Of each bar.
        options: Of `rich.progress.Progress`.
    """

    def __init__(self, console: Console, *columns: ProgressColumn, **options: Any) -> None:
        self._console = console
        self._bars = Progress(*columns, console=console, disable=not console.is_terminal, **options)
        self._tasks: dict[str, Any] = {}
        self._lines = LogLines(self._print)

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

    def draw(self, name: str, done: int, total: int, **fields: str) -> None:
        """Draw a bar, a new one for a new name."""
        if name not in self._tasks:
            self._tasks[name] = self._bars.add_task(name, total=total, completed=done, **fields)
        self._bars.update(self._tasks[name], completed=done, **fields)

    def line(self, name: str, state: str) -> None:
        """Where a bar stands, for a log."""
        if not self._console.is_terminal:
            self._lines.show(name, state)

    def _print(self, text: str) -> None:
        self._console.print(f"  {text}", highlight=False, markup=False, soft_wrap=True)
        self._console.file.flush()
