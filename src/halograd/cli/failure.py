"""Failures of a command: one clear line and an exit status."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NoReturn

import typer

from halograd.cli.streams import say_on_stderr
from halograd.errors import HalogradError

BAD_INPUT = 2
INTERRUPTED = 130  # what a shell reports for a program that Ctrl-C ended


@contextmanager
def one_line_on_failure(
    debug: bool, *outputs: Path | None, goes_on: bool = False
) -> Iterator[None]:
    """Turn bad input into one line on stderr and exit status 2, a Ctrl-C into one and 130.

    Args:
        debug: Keep the traceback of bad input.
        outputs: Folders and files that the command writes, the folder of its results first.
        goes_on: Whether the same command, given again, goes on from what is in that folder.
    """
    began = time.time()
    try:
        yield
    except (HalogradError, OSError) as error:
        if debug:
            raise
        _fail(" ".join(str(error).split()), BAD_INPUT)
    except KeyboardInterrupt as interrupt:
        written = [path for path in outputs if path is not None]
        _fail(_interrupted(interrupt, written, goes_on, began), INTERRUPTED)


def interrupted_training(step: int, out: Path) -> None:
    """One line on how to go on, and the exit status of a Ctrl-C."""
    if step:
        state = f"; step {step:,} is saved in {out}: give the same command again to go on"
    else:
        state = " before the first step: the same command begins again"
    _fail(f"interrupted{state}", INTERRUPTED)


def leave_at_once(status: int) -> NoReturn:
    """End the process without taking the interpreter down.

    A Ctrl-C cannot stop a computation that JAX has begun in a thread of its own. Taking the
    interpreter down frees the code which that thread runs, and the process dies of a segmentation
    fault; ending it without does not. Files are written whole by then, or not at all.
    """
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError, AttributeError):  # a closed pipe, or no stream at all
            stream.flush()
    os._exit(status)


def _interrupted(
    interrupt: KeyboardInterrupt, outputs: list[Path], goes_on: bool, began: float
) -> str:
    """What was interrupted, and what is left of it."""
    from halograd.runs.output import has_resumable_state, was_written

    doing = getattr(interrupt, "doing", None)
    text = "interrupted" + (f" while {doing[0].lower()}{doing[1:]}" if doing else "")
    if goes_on and has_resumable_state(outputs[0]):
        again = "give the same command again to go on"
        return f"{text}; what was done is kept in {outputs[0]}: {again}"
    if written := [str(path) for path in outputs if was_written(path, began)]:
        return f"{text}; {' and '.join(written)} may lack some of the results"
    return f"{text}; nothing was written"


def _fail(message: str, status: int) -> NoReturn:
    say_on_stderr(message)
    raise typer.Exit(status)
