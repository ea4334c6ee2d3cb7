"""Configuration files with keys, values and letters changed."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from halograd.config import load_config
from trials.hostile import answer, damaged
from trials.jobs import TINY

_VALUES = (
    *("0", "-1", "1e400", "-inf", "nan", "1" * 4000, "2000000000", "9223372036854775808", "1e-300"),
    *("true", '""', '"x"', '"' + "x" * 5000 + '"', "[]", "[[]]", "{}", "{a = 1}", "[1, [2, [3]]]"),
    *("[inf, -inf]", "[1.0, 0.5]", "1979-05-27", "[" * 300 + "]" * 300, '"\\u0000"', "[nan, 1]"),
)


def one(rng: np.random.Generator, folder: Path) -> str | None:
    """One file, read as `halograd fit` reads it."""
    lines = TINY.splitlines()
    way = rng.integers(4)
    keyed = [i for i, line in enumerate(lines) if " = " in line]
    at = keyed[rng.integers(len(keyed))]
    key = lines[at].split(" = ")[0]
    if way == 0:
        lines[at] = f"{key} = {_VALUES[rng.integers(len(_VALUES))]}"
    elif way == 1:
        lines.insert(at, f"{_other(rng, key)} = {_VALUES[rng.integers(len(_VALUES))]}")
    elif way == 2:
        del lines[at]
    content = "\n".join(lines).encode()
    if way == 3:
        content = damaged(rng, content)
    path = folder / "run.toml"
    path.write_bytes(content)
    found = answer(lambda: load_config(path))
    if found.fault:
        return f"{json.dumps(_excerpt(content))[:300]}: {found.fault}"
    if found.refusal is not None and "\n" in found.refusal:
        return f"a message of several lines: {found.refusal[:200]!r}"
    return None


def _other(rng: np.random.Generator, key: str) -> str:
    """A key that is misspelled, doubled, or of another section."""
    others = (key, key[:-1] or "k", f"{key}s", "path", "kind", "file", "[data]", "__class__", '"é"')
    return others[rng.integers(len(others))]


def _excerpt(content: bytes) -> Any:
    changed = [line for line in content.splitlines() if line.decode(errors="replace") not in TINY]
    return [line[:100].decode(errors="replace") for line in changed[:3]]
