from pathlib import Path

import pytest

TINY = """
[catalog]
mock = {seed = 1, boxsize = 45.0, log_mpeak_min = 12.0, grid = 32}

[model]
kind = "smhm"

[model.parameters]
log_m_crit = {free = false}
low_end = {free = false}
scatter_low = {free = false}
scatter_high = {free = false}

[data]
n = {samples = [[10.6, inf]]}

[data.wp]
samples = [[10.6, inf]]
edges = {low = 0.3, high = 10.0, n = 4}
pi_max = 20.0

[data.delta_sigma]
samples = [[10.6, inf]]
edges = {low = 0.1, high = 5.0, n = 4}

[data.synthetic]
seed = 5
volume = 1e6

[fit]
max_steps = 8
start_sigma = 2.0

[report]
title = "A tiny fit"
notes = ["It is tiny."]
"""


@pytest.fixture
def tiny(tmp_path) -> Path:
    """A configuration that runs in seconds."""
    path = tmp_path / "tiny.toml"
    path.write_text(TINY)
    return path
