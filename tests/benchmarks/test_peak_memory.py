import sys

import numpy as np
import pytest
from benchmarks.pairs import peak_memory


@pytest.mark.skipif(sys.platform != "linux", reason="peak memory is read from /proc")
def test_the_peak_outlives_the_array_that_made_it():
    if not peak_memory.forget_peak():
        pytest.skip("this system does not let a process reset its peak")
    before = peak_memory.peak_bytes()
    np.ones(50_000_000 // 8).sum()
    # the kernel's count lags behind by some pages
    assert 45_000_000 < peak_memory.peak_bytes() - before < 100_000_000
