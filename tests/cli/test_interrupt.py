"""Ctrl-C: one true line, status 130, and an end that no running computation can spoil."""

import os
import signal
import subprocess
import sys
import time

import pytest
import typer
from typer.testing import CliRunner

from halograd.cli import app
from halograd.cli.failure import one_line_on_failure
from halograd.inference import read_history
from halograd.runs import fit as fit_run
from halograd.runs.stages import Interrupted

# A program started in the background of a script ignores SIGINT; a command on a terminal does not.
HEEDING = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
COMMAND = [sys.executable, "-c", HEEDING + "from halograd.cli import main; main()"]
HISTORY = '{"format": "a header"}\n'


def interrupted(capsys, *outputs, goes_on=False, write=(), **options):
    """What a command says that is interrupted after it wrote some files."""
    with pytest.raises(typer.Exit) as end:
        work(*outputs, goes_on=goes_on, write=write, **options)
    assert end.value.exit_code == 130
    return capsys.readouterr().err


def work(*outputs, goes_on, write, doing="Reading the halos"):
    with one_line_on_failure(False, *outputs, goes_on=goes_on):
        for path in write:
            path.write_text("x")
        raise Interrupted(doing) if doing else KeyboardInterrupt


def test_an_interrupted_command_that_wrote_nothing_says_so(tmp_path, capsys):
    said = "halograd: interrupted while reading the halos; nothing was written\n"
    assert interrupted(capsys, tmp_path, goes_on=True) == said
    assert interrupted(capsys, tmp_path / "none", None) == said
    (tmp_path / "history.jsonl").write_text(HISTORY)
    (tmp_path / "history_old_1.jsonl").write_text(2 * HISTORY)
    for path in tmp_path.iterdir():
        os.utime(path, (1e9, 1e9))
    assert interrupted(capsys, tmp_path, goes_on=True) == said
    plain = interrupted(capsys, tmp_path, doing=None)
    assert plain == "halograd: interrupted; nothing was written\n"


@pytest.mark.parametrize(
    ("name", "content"), [("history.jsonl", 2 * HISTORY), ("sampling.h5", "x")]
)
def test_what_was_done_is_kept(name, content, tmp_path, capsys):
    (tmp_path / name).write_text(content)
    os.utime(tmp_path / name, (1e9, 1e9))
    assert interrupted(capsys, tmp_path, goes_on=True) == (
        "halograd: interrupted while reading the halos; what was done is kept in "
        f"{tmp_path}: give the same command again to go on\n"
    )
    assert interrupted(capsys, tmp_path).endswith("; nothing was written\n")


def test_files_of_a_command_that_does_not_go_on(tmp_path, capsys):
    folder, mock = tmp_path / "out", tmp_path / "mock.hdf5"
    folder.mkdir()
    said = interrupted(capsys, folder, mock, write=[folder / "summary.json"])
    assert said.endswith(f"; {folder} may lack some of the results\n")
    said = interrupted(capsys, folder / "none", mock, write=[mock])
    assert said.endswith(f"; {mock} may lack some of the results\n")


BUSY = """
import threading, jax, jax.numpy as jnp, typer
from halograd.cli import app, main
@app.command("busy")
def busy():
    endless = jax.jit(lambda x: jax.lax.while_loop(lambda y: y[0] < 2, jnp.sin, x))
    compiled = endless.lower(jnp.ones(9)).compile()
    threading.Thread(target=compiled, args=[jnp.ones(9)]).start()
    raise typer.Exit(130)
main()
"""


def test_the_end_waits_for_no_computation():
    """Taking the interpreter down would wait for this one, or free the code it runs."""
    done = subprocess.run([sys.executable, "-c", BUSY, "busy"], capture_output=True, timeout=60)
    assert (done.returncode, done.stderr) == (130, b"")


@pytest.mark.slow
def test_ctrl_c_in_the_figures_of_a_fit(tiny, tmp_path, monkeypatch):
    def stopped(*args, **kwargs):
        raise KeyboardInterrupt

    out = tmp_path / "out"
    monkeypatch.setattr(fit_run, "write_fit_report", stopped)
    done = CliRunner().invoke(app, ["fit", str(tiny), "--out", str(out)])
    assert done.exit_code == 130
    assert done.stderr == (
        "halograd: interrupted while drawing figures and writing the report; what was done is "
        f"kept in {out}: give the same command again to go on\n"
    )
    assert len(read_history(out / "history.jsonl")) > 1


@pytest.mark.slow
@pytest.mark.parametrize("seconds", [0.5, 2.0, 4.0, 5.0, 6.0])
def test_ctrl_c_while_sampling_ends_in_one_line(tiny, tmp_path, seconds):
    """At moments in which chains compile or run in threads of their own."""
    tiny.write_text(tiny.read_text() + "\n[sample]\nchains = 4\ndraws = 100000\n")
    out = tmp_path / "out"
    process = subprocess.Popen(
        [*COMMAND, "sample", str(tiny), "--out", str(out)],
        **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True},
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    for line in process.stdout:
        if line.startswith("Sampling"):
            break
    time.sleep(seconds)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=300)
    assert process.returncode == 130, said
    assert said.count("\n") <= 1
    assert not said or "interrupted while sampling" in said
    assert not [path for path in out.rglob("*") if path.suffix == ".tmp"]
