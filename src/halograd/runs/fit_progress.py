"""The live line of a fit: method, step, χ², time."""

from rich.console import Console
from rich.progress import BarColumn, TextColumn, TimeElapsedColumn

from halograd.inference import FitStep
from halograd.runs.live_bars import LiveBars


class FitProgress(LiveBars):
    """Shows each step."""

    def __init__(self, console: Console, method: str, max_steps: int) -> None:
        self._method, self._max_steps = method, max_steps
        columns = (
            *(TextColumn("  {task.description}"), BarColumn(30)),
            TextColumn("step {task.completed} of at most {task.total}"),
            *(TextColumn("χ² = {task.fields[chi2]}"), TimeElapsedColumn()),
        )
        super().__init__(console, *columns)
        self.draw(method, 0, max_steps, chi2="…")

    def __call__(self, step: FitStep) -> None:
        """Show one step."""
        self.draw(self._method, step.step + 1, self._max_steps, chi2=f"{step.chi2:.1f}")
        state = f"step {step.step + 1}, χ² = {step.chi2:.1f}, {step.seconds:.1f} s"
        self.line(self._method, state)
