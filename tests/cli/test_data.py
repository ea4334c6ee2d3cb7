import json

import numpy as np
import pytest
from typer.testing import CliRunner

from halograd import observations
from halograd.cli import app
from halograd.observations import relations


def run(*arguments):
    return CliRunner().invoke(app, ["data", *map(str, arguments)])


def test_list_names_everything_within_80_columns():
    done = run("list")
    assert done.exit_code == 0
    for name in (*observations.names(), *relations.names()):
        assert name in done.output
    assert "> 9.8, 10.2, 10.6" in done.output
    assert "1310.6747" in done.output
    assert max(map(len, done.output.splitlines())) <= 80


def test_show_prints_every_digit_and_where_it_is_from():
    done = run("show", "hearin2014")
    assert done.exit_code == 0
    lines = done.output.splitlines()
    assert "12.048    9.67       1.56    10.57        1.72    11.10        1.83" in lines
    for words in ("40 Mpc/h", "Chabrier (2003)", "arXiv:1310.6747", "in Mpc / h", "0.02–0.068"):
        assert words in done.output


def test_show_writes_numbers_and_a_picture(tmp_path):
    done = run("show", "li_white2009", "--h", 0.7, "--out", tmp_path)
    assert done.exit_code == 0
    content = json.loads((tmp_path / "li_white2009.json").read_text())
    found = observations.load("li_white2009", 0.7)
    np.testing.assert_allclose(content["values"], found.values)
    assert content["unit"] == "(Mpc/h)^-3"
    assert (tmp_path / "li_white2009.png").read_bytes().startswith(b"\x89PNG")


def test_profiles_are_drawn_too(tmp_path):
    assert run("show", "watson2015", "--out", tmp_path).exit_code == 0
    content = json.loads((tmp_path / "watson2015.json").read_text())
    assert content["samples"][0] == [9.8, "inf"]
    assert (tmp_path / "watson2015.png").is_file()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("hearin",), "no published measurement 'hearin'; did you mean 'hearin2014'?"),
        (("li_white2009", "--out", "out"), "li_white2009 gives stellar masses in Msun/h^2"),
    ],
)
def test_bad_input_is_one_line(arguments, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = run("show", *arguments)
    assert done.exit_code == 2
    assert message in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "out").exists()
