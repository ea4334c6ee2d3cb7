"""The stages of a run, printed as they begin and timed."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.markup import escape


class Interrupted(KeyboardInterrupt):
    """A Ctrl-C that knows what it interrupted, raised instead of a plain KeyboardInterrupt.

    Args:
        doing: What the run was doing, such as "Reading the halos".
    """

    def __init__(self, doing: str) -> None:
        super().__init__(doing)
        self.doing = doing


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
    def all_timings(self) -> dict[str, float]:
        """Seconds of each finished stage, and those since the run began as `total`."""
        return {**self.timings, "total": time.perf_counter() - self._began}

    @contextmanager
    def __call__(self, key: str, label: str) -> Iterator[None]:
        """Time the block as `key`, and print `label` when it begins.

        Raises:
            Interrupted: For a Ctrl-C in the block.
        """
        self._print(f"[bold]{escape(label)}[/bold]")
        began = time.perf_counter()
        try:
            yield
        except KeyboardInterrupt as interrupt:
            raise Interrupted(label) from interrupt
        self.timings[key] = time.perf_counter() - began
        self.note(f"{self.timings[key]:.1f} s")

    def note(self, text: str) -> None:
        """Print a detail of the stage."""
        self._print(f"  [dim]{escape(text)}[/dim]")

    def warn(self, text: str) -> None:
        """Print what the user should worry about."""
        self._print(f"  [yellow]{escape(text)}[/yellow]")

    def say(self, text: str) -> None:
        """Print a line of its own, at once."""
        self._print(escape(text))

    def _print(self, markup: str) -> None:
        self.console.print(markup, highlight=False, soft_wrap=True)
        self.console.file.flush()
