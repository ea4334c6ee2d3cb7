"""The live line of a sampling: draws, divergences, R-hat, effective draws."""

from rich.console import Console
from rich.progress import BarColumn, TextColumn, TimeElapsedColumn

from halograd.inference import SampleProgress
from halograd.runs.live_bars import LiveBars


class SamplingProgress(LiveBars):
    """Shows each block."""

    def __init__(self, console: Console) -> None:
        columns = (
            *(TextColumn("  {task.description}"), BarColumn(24)),
            TextColumn("{task.completed:,} of at most {task.total:,}"),
            *(TextColumn("{task.fields[state]}"), TimeElapsedColumn()),
        )
        super().__init__(console, *columns)

    def __call__(self, progress: SampleProgress) -> None:
        """Show one block."""
        phase, state = "warm-up" if progress.is_warmup else "draws", _state(progress)
        self.draw(phase, progress.step, progress.total, state=state)
        self.line(phase, f"{progress.step:,} of at most {progress.total:,}, {state}")


def _state(progress: SampleProgress) -> str:
    text = f"{progress.evaluations:,} evaluations"
    if progress.is_warmup:
        return text
    text += f", {progress.divergences} divergent"
    found = progress.convergence
    if found is None:
        return text
    return (
        f"{text}, R-hat {found.worst_r_hat:.3f}, effective {found.ess_bulk.min():.0f} bulk, "
        f"{found.ess_tail.min():.0f} tail"
    )
