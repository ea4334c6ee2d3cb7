import subprocess
import sys
from pathlib import Path

import pytest

# In a process of its own: one that has freed much memory takes new arrays from that.
SCRIPT = """
import numpy as np
from benchmarks.pairs import peak_memory
if not peak_memory.forget_peak():
    raise SystemExit(3)
before = peak_memory.peak_bytes()
np.ones(50_000_000 // 8).sum()
print(peak_memory.peak_bytes() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="peak memory is read from /proc")
def test_the_peak_outlives_the_array_that_made_it():
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode == 3:
        pytest.skip("this system does not let a process reset its peak")
    # the kernel's count lags behind by some pages
    assert 45_000_000 < int(done.stdout) < 100_000_000, done.stderr
