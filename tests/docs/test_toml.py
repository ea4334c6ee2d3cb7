"""TOML on the pages is what halograd reads: whole configurations, sections, column maps."""

import tomllib

import numpy as np
import pytest

from docs.pages import blocks_of, pages_with
from halograd.catalogs import ColumnMap
from halograd.config import parse_config
from halograd.config.config import _SECTIONS as SECTIONS
from halograd.config.train_config import parse_train_config

STATISTICS = {"n", "wp", "delta_sigma"}
TRAINING = {"network", "domain", "training", "validation"}
BASE = {
    "catalog": "mock = {boxsize = 80.0}",
    "model": 'kind = "sham"',
    "data": """n = {samples = [[10.0, 10.5], [10.5, inf]]}
wp = {samples = [[10.5, inf]], edges = [0.1, 1.0, 10.0], pi_max = 20.0}
delta_sigma = {samples = [[10.5, inf]], edges = [0.1, 1.0, 10.0]}
""",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Where the files are that the pages name."""
    folder = tmp_path_factory.mktemp("toml")
    rp = np.geomspace(0.2, 20, 6)
    np.savetxt(folder / "wp.txt", np.column_stack([rp, 9 / rp, 1 / rp, 8 / rp, 1 / rp]))
    return folder


@pytest.mark.parametrize("page", pages_with("toml"))
def test_toml_is_read(page, folder):
    for block in blocks_of(page, "toml"):
        check(block.code, folder / "run.toml")


def check(code, path):
    """Raise for what halograd would refuse."""
    top = set(tomllib.loads(code))
    if top <= set(SECTIONS):
        return parse_config(completed(code, top), path)
    if top <= TRAINING:
        return parse_train_config(code, path)
    return ColumnMap.from_mapping(tomllib.loads(code))


def completed(code, top):
    """The sections of a page with those it leaves out."""
    data = tomllib.loads(code).get("data", {})
    there = top if data.keys() & STATISTICS else top - {"data"}
    missing = [f"[{name}]\n{body}" for name, body in BASE.items() if name not in there]
    return "\n".join([code, *missing])


@pytest.mark.parametrize(
    "code", ["[tables]\ntolerence = 1e-3", "position = ['x']", "[fit]\nstarts = 0"]
)
def test_wrong_toml_is_noticed(code, folder):
    with pytest.raises(Exception, match=r"."):
        check(code, folder / "run.toml")
