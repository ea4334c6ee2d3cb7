"""The live line of a sampling: draws, divergences, R-hat, effective draws."""

import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from halograd.inference import SampleProgress

_LOG_INTERVAL = 10.0  # seconds between lines where there is no terminal to redraw


class SamplingProgress:
    """Shows each block: live bars on a terminal, a line now and then in a log."""

    def __init__(self, console: Console, n_chain: int) -> None:
        self._console, self._n_chain = console, n_chain
        self._last_line = time.monotonic()
        columns = (
            *(TextColumn("  {task.description}"), BarColumn(24)),
            TextColumn("{task.completed:,} of at most {task.total:,}"),
            *(TextColumn("{task.fields[state]}"), TimeElapsedColumn()),
        )
        self._bar = Progress(*columns, console=console, disable=not console.is_terminal)
        self._tasks: dict[str, int] = {}

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

    def __call__(self, progress: SampleProgress) -> None:
        """Show one block."""
        phase = "warm-up" if progress.is_warmup else "draws"
        name = f"{self._n_chain} chains, {phase}"
        if name not in self._tasks:
            self._tasks[name] = self._bar.add_task(name, total=progress.total, state="")
        state = _state(progress)
        self._bar.update(self._tasks[name], completed=progress.step, state=state)
        is_due = time.monotonic() - self._last_line > _LOG_INTERVAL
        if self._console.is_terminal or not is_due:
            return
        self._last_line = time.monotonic()
        text = f"  {name}: {progress.step:,} of at most {progress.total:,}, {state}"
        self._console.print(text, highlight=False, soft_wrap=True)
        self._console.file.flush()


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
