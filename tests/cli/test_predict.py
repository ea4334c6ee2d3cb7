import io
import json
from dataclasses import replace

import h5py
import numpy as np
import pytest
from rich.console import Console
from typer.testing import CliRunner

from halograd import catalogs
from halograd.catalogs import HaloCatalog
from halograd.cli import app
from halograd.config import parse_config
from halograd.runs.run import prepare_run
from halograd.runs.stages import Stages
from halograd.runs.summary import run_summary


def predict(config, out, *options):
    arguments = ["predict", str(config), "--out", str(out), *map(str, options)]
    return CliRunner().invoke(app, arguments, catch_exceptions=False)


def test_predict_saves_value_and_jacobian_and_draws_a_mock(tiny, tmp_path):
    out, mock = tmp_path / "out", tmp_path / "galaxies.hdf5"
    done = predict(tiny, out, "--mock", mock, "--seed", 7, "--log-mstar-min", 10.6)
    assert done.exit_code == 0, done.output
    with h5py.File(out / "prediction.hdf5") as file:
        density = file["value/n"][0]
        slope = file["jacobian/log_ratio_crit/n"][0]
        assert file["value/wp"].shape == (1, 4)
        assert file["parameters"].attrs["scatter_low"] == pytest.approx(0.3)
    assert slope > 0  # more massive galaxies in the same halos: more above the threshold
    summary = json.loads((out / "summary.json").read_text())
    assert summary["prediction"]["n"][0] == pytest.approx(density)
    assert summary["seeds"]["mock"] == 7
    with h5py.File(mock) as file:
        count = len(file["x"])
        assert file["log_mstar"][()].min() >= 10.6
    assert summary["mock"]["n_galaxy"] == count
    # Binomial noise of the draw: at most the square root of the count.
    assert abs(count - density * summary["catalog"]["volume"]) < 4 * np.sqrt(count)
    # Halos below 10^12 would hold some: console, summary and report say so once each.
    found = summary["incomplete_samples"]
    assert "of the galaxies of log M* > 10.6 would live in halos below the lightest" in found
    shown = " ".join(done.output.split())
    assert shown.count("galaxies of log M* > 10.6 would live") == 1
    page = (out / "report.html").read_text()
    assert page.count("log M* &gt; 10.6 would live") == 2  # an alert, and the summary below


@pytest.mark.parametrize(
    ("mock", "message"),
    [("galaxies.txt", "end the name in one of"), ("none/galaxies.fits", "folder does not exist")],
)
def test_a_mock_that_cannot_be_saved_fails_before_the_work(tiny, tmp_path, mock, message):
    done = predict(tiny, tmp_path / "out", "--mock", tmp_path / mock)
    assert done.exit_code == 2
    assert message in done.stderr
    assert not (tmp_path / "out").exists()


@pytest.fixture
def from_file(tmp_path):
    """A configuration of a catalogue in a file, with a box of 40 Mpc/h."""
    rng = np.random.default_rng(0)
    halos = HaloCatalog(
        positions=rng.uniform(0, 40, (300, 3)),
        log_mpeak=11.9 - np.log10(1 - rng.random(300)),
        boxsize=40.0,
        redshift=0.0,
    )
    halos.save(tmp_path / "halos.hdf5")
    path = tmp_path / "run.toml"
    path.write_text(
        '[catalog]\npath = "halos.hdf5"\n[model]\nkind = "smhm"\n[data.wp]\n'
        "samples = [[10.6, inf]]\nedges = [0.1, 1.0, 10.0]\npi_max = 15.0\n"
    )
    return path


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("pi_max = 15.0", "pi_max = 25.0", "run.toml: [data.wp] pi_max must be at most half"),
        ("10.0", "30.0", "run.toml: [data.wp] the largest edge, 30 Mpc/h, exceeds half the box"),
        ("wp", "delta_sigma", "run.toml: ΔΣ needs the matter"),
        ("halos.hdf5", "none.hdf5", "none.hdf5: no such file"),
    ],
)
def test_what_the_box_cannot_give_is_named_and_leaves_nothing(
    from_file, tmp_path, old, new, message
):
    text = from_file.read_text().replace(old, new)
    if "delta_sigma" in text:
        text = text.replace("pi_max = 15.0\n", "")
    from_file.write_text(text)
    done = predict(from_file, tmp_path / "out")
    assert done.exit_code == 2
    assert message in done.stderr
    assert not (tmp_path / "out").exists()


def test_an_unusual_abundance_is_told_at_the_start(from_file, tmp_path):
    halos = catalogs.read(tmp_path / "halos.hdf5")
    replace(halos, positions=halos.positions * 4, boxsize=160.0).save(tmp_path / "halos.hdf5")
    said = io.StringIO()
    stages = Stages(Console(file=said, width=500))
    config = parse_config(
        from_file.read_text().split("[data.wp]")[0] + "[data]\nn = {samples = [[10.6, inf]]}\n",
        from_file,
    )
    run = prepare_run(config, stages=stages)
    assert "one file of several" in stages.facts["abundance_doubt"]
    assert stages.facts["abundance_doubt"] in said.getvalue()
    assert run_summary("predict", config, run.halos, stages)["abundance_doubt"]
