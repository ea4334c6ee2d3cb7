from pathlib import Path

import pytest

from halograd.config import parse_config

BASE = {
    "catalog": "mock = {seed = 3, boxsize = 45.0}",
    "model": 'kind = "smhm"',
    "data": "n = {samples = [[10.4, inf]]}",
}


@pytest.fixture
def parse(tmp_path):
    """A config from sections by name; each replaces or joins those of a minimal one."""

    def parsed(**sections):
        text = "\n".join(f"[{name}]\n{body}" for name, body in {**BASE, **sections}.items())
        return parse_config(text, tmp_path / "run.toml")

    return parsed


@pytest.fixture
def table(tmp_path):
    """Writes a text table beside the config and returns its name."""

    def written(text, name="table.txt"):
        Path(tmp_path / name).write_text(text)
        return name

    return written
