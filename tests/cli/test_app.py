import subprocess
import sys

import pytest
from typer.testing import CliRunner

from halograd import __version__
from halograd.cli import app

COMMAND = [sys.executable, "-c", "from halograd.cli import main; main()"]


def run(*arguments):
    return subprocess.run([*COMMAND, *map(str, arguments)], capture_output=True, text=True)


def test_version():
    done = CliRunner().invoke(app, ["--version"])
    assert (done.exit_code, done.output) == (0, f"halograd {__version__}\n")


@pytest.mark.parametrize("command", ["demo", "fit", "forecast", "predict", "train", "inspect"])
def test_help_teaches(command):
    done = CliRunner().invoke(app, [command, "--help"])
    assert done.exit_code == 0
    assert "--out" in done.output
    assert len(done.output.split()) > 60


def test_bad_input_is_one_line_on_stderr_and_status_2(tiny, tmp_path):
    tiny.write_text(tiny.read_text().replace("max_steps", "max_step"))
    done = run("fit", tiny, "--out", tmp_path / "out")
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith(f"halograd: {tiny}: [fit] has no key 'max_step'")
    assert "did you mean 'max_steps'?" in done.stderr
    assert "loading" in done.stdout
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("text", "message"),
    [("[catalog", "not valid TOML"), (None, "no such file"), ("", r"[catalog] is missing")],
)
def test_unusable_config_files(tmp_path, text, message):
    path = tmp_path / "c.toml"
    if text is not None:
        path.write_text(text)
    done = CliRunner().invoke(app, ["predict", str(path), "--out", str(tmp_path / "out")])
    assert done.exit_code == 2
    assert message in done.stderr
    assert done.stderr.count("\n") == 1


def test_missing_catalog(tiny, tmp_path):
    text = tiny.read_text()
    start, end = text.index("mock ="), text.index("\n\n[model]")
    tiny.write_text(f'{text[:start]}path = "none.hdf5"{text[end:]}')
    done = CliRunner().invoke(app, ["fit", str(tiny), "--out", str(tmp_path / "out")])
    assert done.exit_code == 2
    assert "none.hdf5: no such file or folder" in done.stderr


def test_out_that_is_a_file(tiny, tmp_path):
    done = CliRunner().invoke(app, ["fit", str(tiny), "--out", str(tiny)])
    assert done.exit_code == 2
    assert "cannot make this folder" in done.stderr


def test_debug_keeps_the_traceback(tmp_path):
    arguments = ["fit", str(tmp_path / "none.toml"), "--out", str(tmp_path), "--debug"]
    done = CliRunner().invoke(app, arguments)
    assert type(done.exception).__name__ == "ConfigError"
