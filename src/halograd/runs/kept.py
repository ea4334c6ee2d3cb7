"""What an output folder holds for the same command to go on from."""

from pathlib import Path

_HISTORIES = ("history*.jsonl", "starts/*.jsonl")
_BINARY = ("sampling.h5", "halo_table.h5", ".halo_table_*.part.h5", "checkpoint_*.h5")
_CLOCK = 0.01  # s, by which the times of files lag behind


def has_kept(folder: Path) -> bool:
    """Whether there are steps of a fit, draws, a table, or checkpoints of a training."""
    histories = (path for pattern in _HISTORIES for path in folder.glob(pattern))
    if any(_has_step(path) for path in histories if "_old_" not in path.stem):
        return True
    return any(True for pattern in _BINARY for _ in folder.glob(pattern))


def was_written(path: Path, since: float) -> bool:
    """Whether a file, or anything in a folder, was written after a time in seconds."""
    files = [path, *path.rglob("*")] if path.is_dir() else [path]
    return any(file.is_file() and file.stat().st_mtime >= since - _CLOCK for file in files)


def _has_step(history: Path) -> bool:
    """Whether there is a line after the header."""
    return history.read_bytes().count(b"\n") > 1
