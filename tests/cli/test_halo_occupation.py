"""Halo occupation from a configuration: points in the place of subhalos, a fit and its report."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from halograd.cli import app
from halograd.config import parse_config
from halograd.errors import ConfigError

HOD = """
[catalog]
mock = {seed = 1, boxsize = 45.0, log_mpeak_min = 12.0, grid = 32}

[tracers]
kind = "nfw"
points = 6

[model]
kind = "zheng07"
second_moments = "poisson given central"

[model.parameters]
logM0 = {free = false}
alpha = {free = false}
logMmin = {value = 12.4}

[data]
n = {samples = ["all"]}
wp = {samples = ["all"], edges = {low = 0.1, high = 10.0, n = 5}, pi_max = 15.0}

[data.synthetic]
volume = 1e6

[fit]
max_steps = 8
start_sigma = 1.0

[report]
title = "Occupation of halos"
"""


@pytest.mark.slow
def test_a_fit_of_halo_occupation(tmp_path):
    config = tmp_path / "hod.toml"
    config.write_text(HOD)
    out = tmp_path / "out"
    done = CliRunner().invoke(app, ["fit", str(config), "--out", str(out)], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    assert "places of satellites" in done.output
    summary = json.loads((out / "summary.json").read_text())
    assert summary["seeds"]["tracers"] == 0
    page = (out / "report.html").read_text()
    assert "Occupation of halos" in page


def test_satellites_without_a_place_are_told(tmp_path):
    config = tmp_path / "hod.toml"
    config.write_text(HOD.replace('[tracers]\nkind = "nfw"\npoints = 6\n', ""))
    out = tmp_path / "out"
    arguments = ["predict", str(config), "--out", str(out)]
    done = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    assert "of the satellites are expected in hosts without any place" in done.output
    summary = json.loads((out / "summary.json").read_text())
    assert 0.01 < summary["lost_satellites"] < 0.9


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (('kind = "nfw"', 'kind = "hod"'), "kind must be"),
        (("points = 6", "points = 0"), "points"),
        (("points = 6", "point = 6"), "did you mean 'points'"),
        (("points = 6", "truncation = 0"), "truncation"),
        (("poisson given central", "poison"), "second_moments of Zheng07 must be one of"),
        (('second_moments = "poisson given central"', "assembly_bias = 3"), "assembly_bias is"),
        (
            (
                'second_moments = "poisson given central"',
                'assembly_bias = {form = "decorated", colum = "age_rank"}',
            ),
            "did you mean 'column'",
        ),
    ],
)
def test_what_is_refused(tmp_path, change, message):
    text = HOD.replace(*change)
    with pytest.raises(ConfigError, match=message):
        parse_config(text, tmp_path / "hod.toml")


def test_assembly_bias_in_a_configuration(tmp_path):
    text = HOD.replace(
        'second_moments = "poisson given central"',
        'assembly_bias = {form = "decorated", column = "age_rank", split = 0.4}',
    )
    config = parse_config(text, tmp_path / "hod.toml")
    assert "host_age_rank" in config.model.needs()
    assert np.isfinite(list(config.model.space().defaults.values())).all()
