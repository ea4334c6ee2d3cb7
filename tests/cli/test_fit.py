import json
import subprocess
import sys
import time
from pathlib import Path

import h5py
import numpy as np
import pytest
from typer.testing import CliRunner

from halograd.cli import app
from halograd.config import load_config
from halograd.inference import DataVector, FitStep, read_history
from halograd.runs import fit_from_starts
from halograd.runs.fit import run_fit


@pytest.fixture
def result(tiny, tmp_path):
    """The folder and the printed text of a finished fit."""
    out = tmp_path / "new" / "out"
    done = CliRunner().invoke(app, ["fit", str(tiny), "--out", str(out)], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return out, done.output


def test_fit_writes_everything_and_finds_the_truth(result):
    out, text = result
    names = {path.name for path in out.iterdir()}
    assert {"summary.json", "report.html", "figures", "history.jsonl"} <= names
    assert {"result.json", "best_fit.hdf5", "data.hdf5"} <= names
    assert not [name for name in names if name.endswith(".tmp")]
    assert "Report:" in text
    assert "log_ratio_crit" in text

    summary = json.loads((out / "summary.json").read_text())
    assert summary["status"] == "complete"
    assert summary["seeds"] == {"catalog": 1, "data": 5}
    assert {"python", "jax", "numpy"} <= summary["versions"].keys()
    assert summary["timings_s"]["report"] > 0
    assert summary["config"]["data"]["n"]["samples"] == [[10.6, "inf"]]
    assert summary["catalog"]["n_halo"] > 300
    fit = summary["fits"]["levenberg-marquardt"]
    for name in fit["free"]:
        parameter = fit["parameters"][name]
        assert abs(parameter["pull"]) < 4
        assert parameter["start"] != parameter["truth"]
    assert fit["parameters"]["scatter_low"]["error"] is None
    errors = [fit["parameters"]["log_ratio_crit"][name] for name in ("error", "hessian_error")]
    assert errors[0] == pytest.approx(errors[1], rel=0.5)
    assert fit["chi2"] < 40

    steps = read_history(out / "history.jsonl")
    assert len(steps) == fit["n_step"]
    assert min(step.chi2 for step in steps) == pytest.approx(fit["chi2"])
    check_files(out, fit)


def check_files(out, fit):
    saved = json.loads((out / "result.json").read_text())
    assert saved["theta"] == {name: p["value"] for name, p in fit["parameters"].items()}
    data = DataVector.load(out / "data.hdf5")
    with h5py.File(out / "best_fit.hdf5") as file:
        model = np.concatenate([file[f"value/{k}"][()].ravel() for k in ("n", "wp", "delta_sigma")])
        slopes = file["jacobian/log_ratio_crit/wp"][()]
    apart = data.whitener @ (model - data.values)
    assert apart @ apart == pytest.approx(fit["chi2"], rel=1e-3)
    assert np.abs(slopes).max() > 0


@pytest.mark.slow
def test_ctrl_c_in_the_second_method_keeps_all_steps_taken(tiny, tmp_path, monkeypatch):
    """The third step ends in a KeyboardInterrupt, as a signal would raise it."""

    class Interrupting(fit_from_starts.FitProgress):
        def __call__(self, step: FitStep) -> None:
            if step.step == 2:
                raise KeyboardInterrupt

    monkeypatch.setattr(fit_from_starts, "FitProgress", Interrupting)
    methods = ("adam", "levenberg-marquardt")
    steps = f"methods = {list(methods)}\nmax_steps = {{adam = 2, levenberg-marquardt = 8}}"
    tiny.write_text(tiny.read_text().replace("max_steps = 8", steps))
    out = tmp_path / "out"
    done = CliRunner().invoke(app, ["fit", str(tiny), "--out", str(out)], catch_exceptions=False)
    assert done.exit_code == 130
    summary = json.loads((out / "summary.json").read_text())
    assert summary["status"] == "interrupted"
    reasons = {name: fit["reason"] for name, fit in summary["fits"].items()}
    assert reasons["levenberg-marquardt"] == "interrupted by the user after 3 steps"
    assert "interrupted" not in reasons["adam"]
    first, second = (read_history(out / f"history_{method}.jsonl") for method in methods)
    assert (len(first), len(second)) == (2, 3)
    assert first[0].theta == pytest.approx(second[0].theta, rel=1e-5)
    assert (out / "report.html").exists()


def test_ctrl_c_before_the_first_step_leaves_nothing_half_written(tiny, tmp_path, monkeypatch):
    def interrupted(*args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr(fit_from_starts, "_first_start", interrupted)
    out = tmp_path / "out"
    done = CliRunner().invoke(app, ["fit", str(tiny), "--out", str(out)], catch_exceptions=False)
    assert done.exit_code == 130
    said = "halograd: interrupted while choosing the start; nothing was written\n"
    assert done.stderr == said
    assert list(out.iterdir()) == []


def test_a_layout_alone_cannot_be_fitted(tiny, tmp_path):
    text = tiny.read_text().replace("[data.synthetic]\nseed = 5\nvolume = 1e6\n", "")
    tiny.write_text(text.replace("start_sigma = 2.0\n", ""))
    out = tmp_path / "out"
    done = CliRunner().invoke(app, ["fit", str(tiny), "--out", str(out)])
    assert done.exit_code == 2
    assert "names no measurements" in done.stderr
    assert not out.exists()


def results_of(out):
    content = json.loads((out / "result.json").read_text())
    return {name: content[name] for name in ("theta", "covariance", "chi2", "reason")}


@pytest.mark.slow
def test_a_killed_run_goes_on_and_ends_in_the_same_numbers(tiny, tmp_path):
    several = "max_steps = 12\nstarts = 3\nseed = 2"
    tiny.write_text(tiny.read_text().replace("max_steps = 8", several))
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    run_fit(load_config(tiny), whole)
    for watched, n_step in (("history.jsonl", 2), ("starts/levenberg-marquardt_3.jsonl", 1)):
        command = [sys.executable, "-c", "from halograd.cli import main; main()"]
        command += ["fit", str(tiny), "--out", str(killed)]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        while process.poll() is None:
            if (killed / watched).exists() and len(read_history(killed / watched)) >= n_step:
                process.kill()
                process.wait()
            time.sleep(0.001)
        assert not (killed / "result.json").exists()
    run_fit(load_config(tiny), killed)
    assert results_of(killed) == results_of(whole)
    names = ["history.jsonl", *(f"starts/levenberg-marquardt_{k}.jsonl" for k in (2, 3))]
    for name in names:
        kept, made = (read_history(out / name) for out in (killed, whole))
        assert [step.chi2 for step in kept] == [step.chi2 for step in made]
    assert not list(killed.rglob("*_old_*"))


@pytest.mark.slow
def test_results_of_another_fit_make_room_before_its_first_step(tiny, result, monkeypatch):
    out, _ = result
    old = {name: (out / name).read_bytes() for name in ("report.html", "result.json", "data.hdf5")}

    class Stopping(fit_from_starts.FitProgress):
        def __call__(self, step: FitStep) -> None:
            held.update(path.name for path in out.iterdir())
            raise RuntimeError("as a kill would end it")

    held = set()
    monkeypatch.setattr(fit_from_starts, "FitProgress", Stopping)
    with pytest.raises(RuntimeError):
        run_fit(load_config(tiny), out)
    assert held >= {*old, "figures", "summary.json", "history.jsonl"}
    assert not (out / "old_1").exists()
    held.clear()
    tiny.write_text(tiny.read_text().replace("seed = 5", "seed = 6"))
    done = CliRunner().invoke(app, ["fit", str(tiny), "--out", str(out)])
    assert type(done.exception) is RuntimeError
    assert held == {"history.jsonl", "history_old_1.jsonl", "old_1"}
    assert f"the results of an earlier run are now in {out / 'old_1'}" in done.output
    assert {name: (out / "old_1" / name).read_bytes() for name in old} == old


@pytest.mark.slow
def test_several_starts_are_told_and_drawn(tiny, tmp_path):
    several = "max_steps = 3\nstarts = 2\nseed = 2"
    tiny.write_text(tiny.read_text().replace("max_steps = 8", several))
    out = tmp_path / "out"
    done = CliRunner().invoke(app, ["fit", str(tiny), "--out", str(out)], catch_exceptions=False)
    assert done.exit_code == 0
    summary = json.loads((out / "summary.json").read_text())
    assert summary["seeds"]["starts"] == 2
    first, second = summary["starts"]["levenberg-marquardt"]["ends"]
    assert first["start"] != second["start"]
    assert second["n_step"] <= 3
    assert (out / "figures" / "starts.png").exists()
    assert 'id="starts"' in (out / "report.html").read_text()
    again = CliRunner().invoke(app, ["fit", str(tiny), "--out", str(out)], catch_exceptions=False)
    assert again.output.count("going on after") == 2
    options = ["fit", str(tiny), "--out", str(out), "--fresh"]
    fresh = CliRunner().invoke(app, options, catch_exceptions=False)
    assert "going on after" not in fresh.output
    assert "belongs to another fit" not in fresh.output


@pytest.mark.slow
def test_the_abacus_example_fits_real_data(shared_data, tmp_path):
    pytest.importorskip("abacusnbody")
    example = Path(__file__).resolve().parents[2] / "examples" / "abacus_sdss.toml"
    config = tmp_path / "abacus_sdss.toml"
    config.write_text(example.read_text().replace("/path/to", str(shared_data / "abacus_mini")))
    run = run_fit(load_config(config), tmp_path / "out")
    assert run.best.converged
    assert 0.3 < run.best.theta["high_start"] < 0.9
    n_apart = run.best.prediction.n / DataVector.load(tmp_path / "out" / "data.hdf5").parts.n - 1
    assert np.abs(n_apart).max() < 0.3
