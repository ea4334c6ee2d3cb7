"""Python on the pages runs, each page from top to bottom, on a small universe.

Pages of the guide go on from the quickstart: they find its names.
"""

import contextlib
import io
from functools import cache

import numpy as np
import pytest

from docs.pages import ROOT, blocks_of, pages_with, text_of
from halograd import catalogs
from halograd.samples import samples_from

QUICKSTART = "docs/quickstart.md"
ELSEWHERE = [p for p in pages_with("python") if "execute: true" in text_of(p)]  # with the site
GUIDE = [p for p in pages_with("python") if p not in ("README.md", QUICKSTART, *ELSEWHERE)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder as a reader has it: the examples, and a catalogue."""
    folder = tmp_path_factory.mktemp("docs")
    (folder / "examples").symlink_to(ROOT / "examples")
    small_universe().save(folder / "halos.hdf5")
    return folder


make_universe = catalogs.mock_universe


@cache
def universe():
    return make_universe(0, boxsize=80.0, log_mpeak_min=11.8, grid=40)


def small_universe(*_, **__):
    """In the place of every mock universe: the same halos each time, in a box of 80 Mpc/h."""
    return universe()


def run(page, names):
    """Every block of a page, what it prints thrown away."""
    for block in blocks_of(page, "python"):
        code = compile("\n" * (block.line - 1) + block.code, page, "exec")
        with contextlib.redirect_stdout(io.StringIO()):
            exec(code, names)
    return names


@pytest.fixture(scope="module")
def quickstart(folder):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(catalogs, "mock_universe", small_universe)
        patch.chdir(folder)
        names = run(QUICKSTART, {"__name__": "__main__"})
        names["space"] = names["model"].space
        names["theta"] = names["space"].defaults
        low, high = zip(*names["bins"], strict=True)
        names["weights"] = names["model"].weights(
            {}, {"log_mpeak": names["halos"].log_mpeak}, samples_from(zip(low, high, strict=True))
        )
        yield names


@pytest.mark.slow
@pytest.mark.parametrize("page", GUIDE)
def test_python_runs(page, folder, quickstart, monkeypatch):
    monkeypatch.setattr(catalogs, "mock_universe", small_universe)
    monkeypatch.chdir(folder)
    run(page, dict(quickstart))


@pytest.mark.slow
def test_readme_example(folder, monkeypatch):
    monkeypatch.setattr(catalogs, "mock_universe", small_universe)
    names = run("README.md", {})
    wp = np.asarray(names["prediction"].wp)
    assert wp.shape == (2, 12)
    assert (wp[:, :6] > 0).all()
    assert set(names["jacobian"]) == set(names["model"].space.names)


@pytest.mark.slow
def test_quickstart_recovers_the_truth(quickstart):
    result, truth = quickstart["result"], quickstart["truth"]
    for name, value in truth.items():
        assert abs(result.theta[name] - value) < 4 * result.errors[name]
