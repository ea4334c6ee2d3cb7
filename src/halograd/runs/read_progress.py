"""The live line of a catalogue that is read: share, time."""

from rich.console import Console
from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn

from halograd.runs.live_bars import LiveBars


class ReadProgress(LiveBars):
    """Shows how much of a file is read."""

    def __init__(self, console: Console, what: str) -> None:
        self._what = what
        columns = (
            *(TextColumn("  {task.description}"), BarColumn(30)),
            *(TaskProgressColumn(), TimeRemainingColumn()),
        )
        super().__init__(console, *columns, transient=True)

    def __call__(self, done: int, total: int) -> None:
        """Show that `done` of `total` bytes or rows are read."""
        self.draw(self._what, done, total)
        self.line(self._what, f"{done / max(total, 1):.0%}")
