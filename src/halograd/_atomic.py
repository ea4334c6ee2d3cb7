"""Files that appear whole or not at all."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def atomic_write(path: str | os.PathLike[str]) -> Iterator[Path]:
    """A temporary file beside `path` that takes its place when the block ends well.

    A reader of `path` sees the old file or the complete new one. When the block raises, the
    temporary file is removed and `path` is as before.

    Args:
        path: The file to write; its folder must exist. A symbolic link is followed.

    Yields:
        The path to write to, an empty file in the same folder.

    Raises:
        OSError: Where the folder is missing, not writable or full.
    """
    target = Path(os.path.realpath(path))
    if target.is_dir():
        raise IsADirectoryError(f"{target} is a folder, not a file")
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(8)}.tmp")
    # Unlike tempfile, plain creation honours the umask, as an ordinary write would.
    os.close(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
    try:
        yield temporary
        _flush(temporary, os.O_RDWR)
        os.replace(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)
    _flush_folder(target.parent)


def _flush(path: Path, flags: int) -> None:
    descriptor = os.open(path, flags)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _flush_folder(folder: Path) -> None:
    # The rename itself survives a power cut only once the folder is on disk; Windows has no
    # descriptors for folders and needs none.
    if os.name == "posix":
        _flush(folder, os.O_RDONLY)
