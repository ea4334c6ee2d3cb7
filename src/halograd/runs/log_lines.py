"""Progress in a log: few lines, each worth reading."""

import time
from collections.abc import Callable

_FIRST, _LONGEST = 10.0, 300.0  # seconds


class LogLines:
    """Where a task stands: after ten seconds, then ever more rarely, and where it ended.

    A task that takes less than ten seconds says nothing.

    Args:
        write: Takes a line.
        clock: Seconds, from any beginning.
    """

    def __init__(
        self, write: Callable[[str], None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._write, self._clock = write, clock
        self._begin("")

    def show(self, task: str, state: str) -> None:
        """Where `task` stands now; a new one ends the one before."""
        if task != self._task:
            self.close()
            self._begin(task)
        self._unsaid = f"{task}: {state}"
        if self._clock() >= self._due:
            self._say()
            self._wait = min(2 * self._wait, _LONGEST)
            self._due = self._clock() + self._wait

    def close(self) -> None:
        """Say where the last task ended."""
        if self._unsaid and self._clock() - self._began >= _FIRST:
            self._say()

    def _begin(self, task: str) -> None:
        self._task, self._unsaid, self._wait = task, "", _FIRST
        self._began = self._clock()
        self._due = self._began + _FIRST

    def _say(self) -> None:
        self._write(self._unsaid)
        self._unsaid = ""
