"""The live lines of a validation: stage, steps, time left."""

from rich.console import Console
from rich.progress import BarColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from halograd.runs.live_bars import LiveBars


class ValidationProgress(LiveBars):
    """Shows each stage."""

    def __init__(self, console: Console) -> None:
        columns = (
            *(TextColumn("  {task.description}"), BarColumn(24)),
            TextColumn("{task.completed:,} of {task.total:,}"),
            *(TimeElapsedColumn(), TextColumn("left"), TimeRemainingColumn()),
        )
        super().__init__(console, *columns)

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Show that `done` of `total` steps of a stage are taken."""
        self.draw(stage, done, total)
        self.line(stage, f"{done:,} of {total:,}")
