"""A folder for results that never came."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def removed_if_empty(folder: Path | None) -> Iterator[None]:
    """Remove a folder, if there is nothing in it, where the block ends in an error or Ctrl-C."""
    try:
        yield
    except BaseException:
        if folder is not None:
            with suppress(OSError):  # there is something in it
                folder.rmdir()
        raise
