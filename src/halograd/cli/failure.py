"""Failures of a command: one clear line and an exit status."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

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


def _fail(message: str, status: int) -> None:
    print(f"halograd: {message}", file=sys.stderr)
    raise typer.Exit(status)
