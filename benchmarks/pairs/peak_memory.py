"""The most memory this process has held."""

from pathlib import Path

from benchmarks.pairs.cannot_do import CannotDo

_STATUS, _CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")


def peak_bytes():
    """High-water mark of the resident memory since `forget_peak`, or since the process began.

    From the kernel's account of this process image: `ru_maxrss` would also count what the
    parent held when it started us.
    """
    try:
        lines = _STATUS.read_text().splitlines()
    except OSError:
        raise CannotDo("peak memory is read from /proc, which this system lacks") from None
    kilobytes = next(line.split()[1] for line in lines if line.startswith("VmHWM"))
    return int(kilobytes) * 1024


def forget_peak():
    """Start the high-water mark again from the present use, where the system permits."""
    try:
        _CLEAR.write_text("5")
    except OSError:
        return False
    return True
