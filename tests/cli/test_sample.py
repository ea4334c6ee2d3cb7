import json
import shutil

import arviz
import numpy as np
import pytest
from typer.testing import CliRunner

from halograd.cli import app
from halograd.config import load_config
from halograd.inference import SampleProgress
from halograd.runs import sample as sample_run

SAMPLE = "\n[sample]\nchains = 2\nwarmup = 40\ndraws = 100\ntarget_ess = inf\nseed = 3\n"


@pytest.fixture
def config(tiny):
    """One free parameter, well constrained."""
    text = tiny.read_text().replace("[data]\n", "high_start = {free = false}\n\n[data]\n", 1)
    tiny.write_text(text + SAMPLE)
    return tiny


def sample(config, out, *options):
    arguments = ["sample", str(config), "--out", str(out), *options]
    return CliRunner().invoke(app, arguments, catch_exceptions=False)


class Interrupting(sample_run.SamplingProgress):
    """Ctrl-C when half the draws are there."""

    def __call__(self, progress: SampleProgress) -> None:
        if not progress.is_warmup and progress.step >= 50:
            raise KeyboardInterrupt


@pytest.mark.slow
def test_sample_writes_everything_and_covers_the_truth(config, tmp_path):
    out = tmp_path / "out"
    done = sample(config, out)
    assert done.exit_code == 0, done.output
    assert "Report:" in done.output
    names = {path.name for path in out.iterdir()}
    assert {"summary.json", "report.html", "figures", "chains.nc", "sampling.h5"} <= names
    assert not [name for name in names if name.endswith(".tmp")]
    figures = {path.stem for path in (out / "figures").iterdir()}
    assert {"triangle", "traces", "ranks", "predictive_n", "predictive_wp"} <= figures
    check_summary(json.loads((out / "summary.json").read_text()))
    check_chains(arviz.from_netcdf(out / "chains.nc"))


def check_summary(summary):
    assert summary["status"] == "complete"
    assert summary["seeds"]["sample"] == 3
    found = summary["posterior"]
    assert (found["n_chain"], found["n_draw"]) == (2, 100)
    entry = found["parameters"]["log_ratio_crit"]
    assert abs(entry["mean"] - entry["truth"]) < 4 * entry["sd"]
    assert entry["2.5%"] < entry["16%"] < entry["median"] < entry["84%"] < entry["97.5%"]
    assert entry["r_hat"] < 1.1
    assert list(found["parameters"]) == ["log_ratio_crit"]


def check_chains(data):
    assert data.posterior["log_ratio_crit"].shape == (2, 100)
    assert data.sample_stats["diverging"].dtype == bool
    wp = data.posterior_predictive["wp"]
    assert wp.shape == (2, 50, 1, 4)
    observed = data.observed_data["wp"].values
    pulls = (observed - wp.values.mean(axis=(0, 1))) / wp.values.std(axis=(0, 1))
    assert np.abs(pulls).max() < 5
    assert (data.posterior_predictive["wp_model"].std() > 0).all()


@pytest.mark.slow
def test_ctrl_c_keeps_the_draws_and_the_next_run_goes_on(config, tmp_path, monkeypatch):
    through, stopped = tmp_path / "through", tmp_path / "stopped"
    assert sample(config, through).exit_code == 0
    with monkeypatch.context() as patch:
        patch.setattr(sample_run, "SamplingProgress", Interrupting)
        done = sample(config, stopped)
    assert done.exit_code == 130
    summary = json.loads((stopped / "summary.json").read_text())
    assert summary["status"] == "interrupted"
    assert 50 <= summary["posterior"]["n_draw"] < 100
    assert (stopped / "report.html").exists()
    again = sample(config, stopped)
    assert again.exit_code == 0
    assert "going on from" in again.output
    one, two = (arviz.from_netcdf(folder / "chains.nc") for folder in (through, stopped))
    assert one.posterior["log_ratio_crit"].equals(two.posterior["log_ratio_crit"])
    check_other_configurations(config, stopped)


def check_other_configurations(config, out):
    """Draws of other data are refused, and kept, until --fresh."""
    kept = out / "kept.h5"
    shutil.copy(out / "sampling.h5", kept)
    config.write_text(config.read_text().replace("seed = 5", "seed = 6"))
    refused = sample(config, out)
    assert refused.exit_code == 2
    assert "fresh" in refused.stderr
    assert (out / "sampling.h5").read_bytes() == kept.read_bytes()
    assert (out / "old_1" / "chains.nc").exists()
    assert not (out / "report.html").exists()
    assert sample(config, out, "--fresh").exit_code == 0
    assert (out / "report.html").exists()


def test_priors_that_cannot_be_sampled_are_refused_before_the_work(config, tmp_path):
    free = "log_ratio_crit = {low = -inf}\n"
    config.write_text(config.read_text().replace("low_end =", f"{free}low_end =", 1))
    load_config(config)
    done = sample(config, tmp_path / "out")
    assert done.exit_code == 2
    assert "cannot be normalised" in done.stderr.replace("\n", " ")
    assert not (tmp_path / "out").exists()
