"""Standard output that cannot show Greek letters, that is full, or that is not there."""

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from halograd.cli import app
from halograd.runs import console_tables

COMMAND = [sys.executable, "-c", "from halograd.cli import main; main()"]
FULL = Path("/dev/full")


def run(*arguments, encoding="utf-8", **streams):
    environment = {**os.environ, "PYTHONIOENCODING": encoding}
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **streams}
    command = [*COMMAND, *map(str, arguments)]
    return subprocess.run(command, env=environment, text=True, encoding="latin-1", **streams)


@pytest.mark.parametrize(
    ("encoding", "length"), [("ascii", "pi_max in Mpc/h"), ("latin-1", "Msun/h² (h = 1); pi_max")]
)
def test_letters_that_an_encoding_lacks_are_spelled(encoding, length):
    done = run("data", "list", encoding=encoding)
    assert (done.returncode, done.stderr) == (0, "")
    assert length in done.stdout
    assert "watson2015" in done.stdout


def test_errors_are_spelled_too(tmp_path):
    config = tmp_path / "σ.toml"
    config.write_text("")
    done = run("predict", config, "--out", tmp_path / "out", encoding="ascii")
    assert done.returncode == 2
    assert "sigma.toml: the section [catalog] is missing" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.skipif(not FULL.exists(), reason="a device of Linux")
@pytest.mark.parametrize(
    "line",
    [
        "data list",
        "fit none.toml --out none",
        *(pytest.param(one, marks=pytest.mark.slow) for one in ("--help", "--version")),
    ],
)
def test_a_full_disk_under_the_output_is_one_line(line):
    with FULL.open("w") as full:
        done = run(*line.split(), stdout=full)
    said = "halograd: cannot write to standard output: No space left on device\n"
    assert (done.returncode, done.stderr) == (1, said)


@pytest.mark.skipif(not FULL.exists(), reason="a device of Linux")
@pytest.mark.slow
def test_a_full_disk_under_the_errors_keeps_the_status():
    with FULL.open("w") as full:
        done = run("fit", "none.toml", "--out", "none", stderr=full)
    assert done.returncode == 2


@pytest.mark.skipif(os.name != "posix", reason="a shell of POSIX")
def test_no_output_at_all():
    command = [*COMMAND, "--version"]
    code = f"import os; os.close(1); os.execv({sys.executable!r}, {command!r})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["predict", "CONFIG", "--out", "OUT", "--log-mstar-min", "3e10"], "give 10.48 for 3e+10"),
        (["predict", "CONFIG", "--out", "OUT", "--log-mstar-min", "nan"], "such as 12, got nan"),
        (["convert", "none.list", "OUT.hdf5", "--log-mpeak-min", "1e12"], "give 12 for 1e+12"),
        (["convert", "none.list", "OUT.hdf5", "--log-mpeak-min", "1e400"], "such as 12, got inf"),
    ],
)
def test_a_mass_is_no_logarithm(tiny, tmp_path, arguments, message):
    places = {"CONFIG": str(tiny), "OUT": str(tmp_path / "out")}
    done = CliRunner().invoke(app, [places.get(word, word) for word in arguments])
    assert done.exit_code == 2
    assert "must be the log10 of a mass" in done.stderr
    assert message in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_a_mass_is_no_logarithm_in_a_file(tiny, tmp_path):
    text = tiny.read_text()
    end = text.index("\n\n[model]")
    tiny.write_text(f'[catalog]\npath = "none.hdf5"\nlog_mpeak_min = 1e12{text[end:]}')
    done = CliRunner().invoke(app, ["fit", str(tiny), "--out", str(tmp_path / "out")])
    assert done.exit_code == 2
    assert "[catalog] log_mpeak_min must be the log10 of a mass: give 12 for 1e+12" in done.stderr


@pytest.mark.parametrize(
    ("converged", "interrupted"), [(False, False), (True, False), (False, True)]
)
def test_what_did_not_converge_is_said_on_stderr(tiny, monkeypatch, converged, interrupted):
    best = SimpleNamespace(converged=converged, reason="no step was left")
    ended = SimpleNamespace(best=best, interrupted=interrupted, report="report.html", results=())
    ended.chains = SimpleNamespace(converged=converged)
    for name in ("fit", "sample"):
        monkeypatch.setattr(f"halograd.runs.{name}.run_{name}", lambda *args, **kwargs: ended)
    monkeypatch.setattr(console_tables, "show_posterior", lambda *args: None)
    status = 130 if interrupted else 0
    for name, words in (("fit", "fit did not converge: no step"), ("sample", "chains did not")):
        done = CliRunner().invoke(app, [name, str(tiny), "--out", "none"])
        assert done.exit_code == status
        assert (words in done.stderr) == (not converged and not interrupted)
