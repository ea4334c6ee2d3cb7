"""A trial of the text in an HDF5 file by a process of its own.

Text of variable length is kept in heaps, and HDF5 (2.0 and before) walks a damaged heap for ever
(`H5HG__cache_heap_deserialize`, where an object's size is 0, as a hole in a download leaves it).
"""

import subprocess
import sys
from functools import lru_cache
from pathlib import Path

from halograd.errors import CatalogError

# Ample for starting Python on a busy machine; only a heap that has no end takes longer.
TIMEOUT = 60.0

_TRIAL = """
import sys
import h5py

def read(name, item):
    for key in item.attrs:
        item.attrs[key]

with h5py.File(sys.argv[1], "r") as file:
    read("/", file)
    file.visititems(read)
"""


def try_text(path: Path) -> None:
    """Raise where reading the attributes of `path` hangs or crashes HDF5.

    Raises:
        CatalogError: Where it does; errors that HDF5 itself reports are left to the reader.
    """
    status = path.stat()
    if not _survives(path, status.st_size, status.st_mtime_ns):
        raise CatalogError(
            f"{path}: the text in this file is damaged so that HDF5 cannot read it; fetch it again"
        )


@lru_cache(maxsize=64)
def _survives(path: Path, _size: int, _changed: int) -> bool:
    try:
        command = [sys.executable, "-c", _TRIAL, str(path)]
        return subprocess.run(command, capture_output=True, timeout=TIMEOUT).returncode >= 0
    except subprocess.TimeoutExpired:
        return False
    except OSError:
        # Where no process can be started, the trial is left out.
        return True
