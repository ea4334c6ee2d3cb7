"""Failures of a command: one clear line and an exit status."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import typer

from halograd.errors import HalogradError

BAD_INPUT = 2
INTERRUPTED = 130  # what a shell reports for a program that Ctrl-C ended


@contextmanager
def one_line_on_failure(debug: bool) -> Iterator[None]:
    """Turn bad input into one line on stderr and exit status 2; `debug` keeps the traceback."""
    try:
        yield
    except (HalogradError, OSError) as error:
        if debug:
            raise
        _fail(" ".join(str(error).split()), BAD_INPUT)
    except KeyboardInterrupt:
        _fail("interrupted before the first step; nothing was fitted", INTERRUPTED)


def interrupted_training(step: int, out: Path) -> None:
    """One line on how to go on, and the exit status of a Ctrl-C."""
    if step:
        state = f"; step {step:,} is saved in {out}: give the same command again to go on"
    else:
        state = " before the first step: the same command begins again"
    _fail(f"interrupted{state}", INTERRUPTED)


def _fail(message: str, status: int) -> None:
    print(f"halograd: {message}", file=sys.stderr)
    raise typer.Exit(status)
