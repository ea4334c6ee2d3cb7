"""Tables of measurements and covariances with entries and bytes changed."""

from pathlib import Path

import numpy as np

from halograd.config import load_config
from trials.hostile import answer, damaged

CONFIG = """
[catalog]
mock = {{seed = 1, boxsize = 45.0}}

[model]
kind = "smhm"

[data.wp]
file = "{table}"
columns = {{r = 0, values = 1, errors = 2}}
samples = [[10.6, inf]]
edges = [0.3, 1.0, 3.0, 10.0]
pi_max = 20.0
"""
ROWS = [[0.5, 210.0, 21.0], [1.7, 92.0, 8.0], [5.5, 31.0, 4.0]]
_ENTRIES = ("nan", "inf", "-inf", "", "x", "1e400", "-1", "0", "1,5", "1.0.0", "0x10", "١", "1_000")


def one(rng: np.random.Generator, folder: Path) -> str | None:
    """One table, read as `halograd fit` reads it."""
    rows = [[f"{value:g}" for value in row] for row in ROWS]
    way = rng.integers(5)
    row, column = rng.integers(3), rng.integers(3)
    if way == 0:
        rows[row][column] = _ENTRIES[rng.integers(len(_ENTRIES))]
    elif way == 1:
        rows[row].append("7.5")
    elif way == 2:
        rows[row].pop()
    elif way == 3:
        rows.append(rows[row])
    content = "\n".join(["# r wp error", *(" ".join(row) for row in rows), ""]).encode()
    if way == 4:
        content = damaged(rng, content)
    (folder / "wp.txt").write_bytes(content)
    (folder / "run.toml").write_text(CONFIG.format(table="wp.txt"))
    found = answer(lambda: load_config(folder / "run.toml").data)
    if found.fault:
        return f"{content[:120]!r}: {found.fault}"
    if found.refusal is not None and "\n" in found.refusal:
        return f"a message of several lines: {found.refusal[:200]!r}"
    if (
        found.refusal is not None
        and "wp.txt" not in found.refusal
        and "data.wp" not in found.refusal
    ):
        return f"a message that names no file: {found.refusal[:200]!r}"
    return None
