import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import jax
import numpy as np
import pytest
from typer.testing import CliRunner

from halograd.cli import app
from halograd.config.train_config import load_train_config
from halograd.network_training.checkpoint import newest_step
from halograd.network_training.history import TrainingHistory, TrainingStep
from halograd.network_training.train import Trained
from halograd.runs import train as train_run
from halograd.sham.network import weights
from halograd.sham.network.network import Network

COMMAND = [sys.executable, "-c", "from halograd.cli import main; main()"]
TINY = """
[network]
width = 8
depth = 2
[domain]
scatter_low = [0.2, 0.4]
scatter_high = [0.2, 0.3]
[training]
draws = 40
steps = 40
batch = 4
warmup = 3
checkpoint_every = 4
"""


@pytest.fixture
def config(tmp_path):
    path = tmp_path / "tiny.toml"
    path.write_text(TINY)
    return path


def train(out, *arguments):
    return CliRunner().invoke(
        app, ["train", *map(str, arguments), "--out", str(out)], catch_exceptions=False
    )


@pytest.fixture
def instant(monkeypatch):
    """Puts a training that takes no time in place of the real one; the settings it was given."""
    seen = []

    def train_in_folder(settings, folder, *, on_prepare, on_begin, on_step):
        seen.append(settings)
        on_prepare(settings.training.draws, settings.training.draws)
        rng = np.random.default_rng(0)
        history = TrainingHistory.begun(40, 10.0 ** rng.uniform(-6, -3, (40, 3)))
        on_step(TrainingStep(40, *history.values[-1].tolist(), skipped=0))
        network = Network.empty(width=8, depth=2, kernel_name="triweight")
        network = jax.tree.map(lambda leaf: np.zeros(leaf.shape, leaf.dtype), network)
        return Trained(network, history, 0, 0, 30, "d1")

    monkeypatch.setattr(train_run, "train_in_folder", train_in_folder)
    return seen


def test_train_writes_everything(instant, config, tmp_path):
    done = train(tmp_path / "out", config)
    assert done.exit_code == 0, done.output
    out = tmp_path / "out"
    assert (out / "report.html").exists()
    assert (out / "figures" / "training.png").exists()
    assert f"Network: {out / 'network.h5'}" in done.output
    network, about = weights.load(out / "network.h5"), weights.provenance(out / "network.h5")
    assert (network.kernel_name, len(network.layers)) == ("triweight", 3)
    assert about["config_text"] == TINY
    assert about["draws_sha256"] == "d1"
    assert about["settings"]["training.steps"] == 40
    summary = json.loads((out / "summary.json").read_text())
    assert summary["status"] == "complete"
    assert summary["seeds"] == {"training": 0, "validation": 1}
    assert {"python", "jax", "optax"} <= summary["versions"].keys()
    assert summary["timings_s"]["training"] >= 0
    assert 1e-3 < summary["last_rms_dex"]["misfit"] < 0.03


def test_without_a_config_the_shipped_one_is_used(instant, tmp_path):
    assert train(tmp_path / "out").exit_code == 0
    assert instant == [load_train_config().settings]


def test_a_finished_network_is_validated_without_training(instant, config, tmp_path, monkeypatch):
    """The validation itself is another part; here it only says that it was called."""
    called = []
    monkeypatch.setattr(train_run, "_validate", lambda c, *rest: called.append(c) or _nothing())
    out = tmp_path / "out"
    assert train(out, config, "--validate").exit_code == 0
    assert (len(instant), len(called)) == (1, 1)
    assert train(out, config, "--validate").exit_code == 0
    assert (len(instant), len(called)) == (1, 2)
    other = tmp_path / "other.toml"
    other.write_text(TINY.replace("width = 8", "width = 9"))
    assert train(out, other, "--validate").exit_code == 0
    assert len(instant) == 2


def _nothing():
    return train_run.TrainRun(Path("report.html"), Path("network.h5"), 40)


def test_fresh_forgets_the_training_and_nothing_else(instant, config, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    forgotten, kept = ("checkpoint_00000004.h5", "problems.h5"), "notes.txt"
    for name in (*forgotten, kept):
        (out / name).write_text("old")
    assert train(out, config).exit_code == 0
    assert all((out / name).exists() for name in (*forgotten, kept))
    assert train(out, config, "--fresh").exit_code == 0
    assert (out / kept).exists()
    assert not any((out / name).exists() for name in forgotten)


def test_bad_config_is_one_line_and_leaves_no_folder(config, tmp_path):
    config.write_text(TINY.replace("steps", "stepps"))
    done = train(tmp_path / "out", config)
    assert done.exit_code == 2
    assert done.stderr.count("\n") == 1
    assert "[training] has no key 'stepps'; did you mean 'steps'?" in done.stderr
    assert not (tmp_path / "out").exists()


def test_ctrl_c_before_the_first_step_says_so(config, tmp_path, monkeypatch):
    def interrupted(*args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr(train_run, "train_in_folder", interrupted)
    done = train(tmp_path / "out", config)
    assert done.exit_code == 130
    assert (
        done.stderr
        == "halograd: interrupted before the first step: the same command begins again\n"
    )


def start(out, config):
    command = [*COMMAND, "train", str(config), "--out", str(out)]
    environment = os.environ | {"PYTHONUNBUFFERED": "1"}
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    )


def end_after_next_checkpoint(process, out, number):
    """Send a signal once there is a new checkpoint; the status and the text on stderr."""
    before, deadline = newest_step(out), time.monotonic() + 300
    while newest_step(out) == before:
        assert process.poll() is None, process.stderr.read()
        assert time.monotonic() < deadline
        time.sleep(0.005)
    process.send_signal(number)
    _, text = process.communicate()
    return process.returncode, text


@pytest.mark.slow
def test_a_training_stopped_twice_gives_the_same_weights_bit_for_bit(config, tmp_path):
    through, stopped = tmp_path / "through", tmp_path / "stopped"
    assert train(through, config).exit_code == 0
    stopped.mkdir()
    # The draws are those of the other folder: to make them is the longest part.
    (stopped / "problems.h5").write_bytes((through / "problems.h5").read_bytes())
    status, _ = end_after_next_checkpoint(start(stopped, config), stopped, signal.SIGKILL)
    assert status == -signal.SIGKILL
    assert 0 < newest_step(stopped) < 40
    status, text = end_after_next_checkpoint(start(stopped, config), stopped, signal.SIGINT)
    assert status == 130, text
    assert "is saved in" in text
    assert "give the same command again to go on" in text
    done = train(stopped)  # the folder knows its configuration
    assert done.exit_code == 0
    assert "going on from the checkpoint of step" in done.output
    pair = [weights.load(folder / "network.h5") for folder in (through, stopped)]
    for one, other in zip(*map(jax.tree.leaves, pair), strict=True):
        assert np.asarray(one).tobytes() == np.asarray(other).tobytes()
    other = tmp_path / "other.toml"
    other.write_text(TINY.replace("steps = 40", "steps = 41"))
    done = train(stopped, other)
    assert done.exit_code == 2
    assert "training.steps is 40 in it and 41 now; start over with --fresh" in done.stderr
