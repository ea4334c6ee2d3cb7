"""The live line of a tabulation: task, share, time."""

from rich.console import Console
from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn

from halograd.runs.live_bars import LiveBars


class TableProgress(LiveBars):
    """Shows each task."""

    def __init__(self, console: Console) -> None:
        columns = (
            *(TextColumn("  {task.description}"), BarColumn(30)),
            *(TaskProgressColumn(), TimeRemainingColumn()),
        )
        super().__init__(console, *columns)

    def __call__(self, task: str, done: int, total: int) -> None:
        """Show that `done` steps of `total` of a task are taken."""
        self.draw(task, done, total)
        self.line(task, f"{done / max(total, 1):.0%}")
