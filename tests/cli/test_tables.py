"""Runs with a section [tables]."""

import json

import h5py
import numpy as np
import pytest
from typer.testing import CliRunner

from halograd.cli import app


def predict(config, out):
    arguments = ["predict", str(config), "--out", str(out)]
    return CliRunner().invoke(app, arguments, catch_exceptions=False)


def with_tables(tiny, text=""):
    path = tiny.with_name("tables.toml")
    narrow = "[model.parameters]\nlog_ratio_crit = {low = -1.8, high = -1.2}\n"
    narrow += "high_start = {low = 0.2, high = 0.8}\n"
    content = tiny.read_text().replace("[model.parameters]\n", narrow)
    tables = f"[tables]\ndraws = 10\nchecks = 2\n{text}\n"
    path.write_text(content.replace("[fit]", f"{tables}\n[fit]"))
    return path


@pytest.mark.slow
def test_a_table_is_made_used_and_kept(tiny, tmp_path):
    out = tmp_path / "out"
    done = predict(with_tables(tiny), out)
    assert done.exit_code == 0, done.output
    assert "Tabulating the halos" in done.output
    summary = json.loads((out / "summary.json").read_text())
    assert summary["table"]["is_met"]
    assert list(out.glob(".*part*")) == []
    with h5py.File(out / "prediction.hdf5") as file:
        tabulated = file["value/wp"][()]
    again = predict(with_tables(tiny), out)
    assert "read from" in again.output
    changed = predict(with_tables(tiny, "tolerance = 0.01"), out)
    assert "made anew" in changed.output
    predict(tiny, tmp_path / "direct")
    with h5py.File(tmp_path / "direct" / "prediction.hdf5") as file:
        np.testing.assert_allclose(tabulated, file["value/wp"][()], rtol=1e-3)


@pytest.mark.slow
def test_a_table_at_a_named_path_is_not_replaced(tiny, tmp_path):
    path = 'path = "kept.h5"'
    assert predict(with_tables(tiny, path), tmp_path / "out").exit_code == 0
    other = predict(with_tables(tiny, f"{path}\nseed = 1"), tmp_path / "out")
    assert other.exit_code == 2
    assert "other request: seed" in other.stderr
