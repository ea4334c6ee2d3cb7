"""Files that appear whole or not at all."""

import os
import re
import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from hashlib import sha256
from pathlib import Path

_TEMPORARY = re.compile(r"\..+\.([0-9a-f]{8})-(\d{1,10})-[0-9a-f]{8}\.tmp", re.DOTALL)


@contextmanager
def atomic_write(path: str | os.PathLike[str]) -> Iterator[Path]:
    """A temporary file beside `path` that takes its place when the block ends well.

    A reader of `path` sees the old file or the complete new one. When the block raises, the
    temporary file is removed and `path` is as before. What killed processes of this machine have
    left in the folder goes.

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
    _remove_abandoned(target.parent)
    name = f".{target.name}.{_machine()}-{os.getpid()}-{secrets.token_hex(4)}.tmp"
    temporary = target.with_name(name)
    # Unlike tempfile, plain creation honours the umask, as an ordinary write would.
    os.close(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
    try:
        yield temporary
        _flush(temporary, os.O_RDWR)
        os.replace(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)
    _flush_folder(target.parent)


def _remove_abandoned(folder: Path) -> None:
    """Remove temporary files in a folder whose process on this machine is no more."""
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            made_by = _TEMPORARY.fullmatch(entry.name)
            if made_by and made_by[1] == _machine() and not _is_alive(int(made_by[2])):
                with suppress(OSError):
                    os.unlink(entry.path)


@cache
def _machine() -> str:
    """What tells the process numbers of this machine, and of this container, from others."""
    try:
        space = os.stat("/proc/self/ns/pid").st_ino
    except OSError:
        space = 0
    return sha256(f"{socket.gethostname()} {space}".encode()).hexdigest()[:8]


def _is_alive(process: int) -> bool:
    if os.name != "posix":
        return True  # where signal 0 would end it
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True


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
