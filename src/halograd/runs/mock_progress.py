"""The live line of mocks drawn for a covariance."""

from rich.console import Console
from rich.progress import BarColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from halograd.runs.live_bars import LiveBars


class MockProgress(LiveBars):
    """Shows the mocks done."""

    def __init__(self, console: Console, n_mock: int) -> None:
        self._n_mock = n_mock
        columns = (
            *(TextColumn("  {task.completed} of {task.total} mocks"), BarColumn(30)),
            *(TimeElapsedColumn(), TextColumn("to go"), TimeRemainingColumn()),
        )
        super().__init__(console, *columns)
        if n_mock:
            self.draw("mocks", 0, n_mock)

    def __call__(self, done: int) -> None:
        """Show that so many mocks are done."""
        self.draw("mocks", done, self._n_mock)
        self.line("mocks", f"{done} of {self._n_mock}")
