"""What a run is doing, said at once and timed."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console

from halograd.runs.interrupted import Interrupted


class Stages:
    """Prints each stage as it begins and how long it took, and keeps the timings.

    Attributes:
        console: Where to print.
        timings: Seconds of each finished stage, by its key.
        facts: What stages found out, for the summary, by its key.
    """

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console()
        self.timings: dict[str, float] = {}
        self.facts: dict[str, Any] = {}
        self._began = time.perf_counter()

    @property
    def elapsed(self) -> float:
        """Seconds since the run began."""
        return time.perf_counter() - self._began

    @contextmanager
    def __call__(self, key: str, label: str) -> Iterator[None]:
        """Time the block as `key`, and say `label` when it begins.

        Raises:
            Interrupted: For a Ctrl-C in the block.
        """
        self.say(f"[bold]{label}[/bold]")
        began = time.perf_counter()
        try:
            yield
        except KeyboardInterrupt as interrupt:
            raise Interrupted(label) from interrupt
        self.timings[key] = time.perf_counter() - began
        self.note(f"{self.timings[key]:.1f} s")

    def note(self, text: str) -> None:
        """A detail of the stage."""
        self.say(f"  [dim]{text}[/dim]")

    def say(self, text: str) -> None:
        """A line of its own, shown at once."""
        self.console.print(text, highlight=False, soft_wrap=True)
        self.console.file.flush()
