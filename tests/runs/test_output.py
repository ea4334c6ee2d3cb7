from io import StringIO

import pytest
from rich.console import Console

from halograd.runs.output import removed_if_empty, set_results_aside
from halograd.runs.stages import Stages


def test_results_move_and_all_else_stays(tmp_path):
    text = StringIO()
    stages = Stages(Console(file=text, width=200))
    set_results_aside(tmp_path, stages)
    assert (list(tmp_path.iterdir()), text.getvalue()) == ([], "")
    for number in (1, 2):
        (tmp_path / "figures").mkdir()
        for name in ("report.html", "figures/wp.png", "chains.nc", "history.jsonl", "mine.txt"):
            (tmp_path / name).write_text(str(number))
        set_results_aside(tmp_path, stages)
        aside = tmp_path / f"old_{number}"
        assert {path.name for path in aside.iterdir()} == {"report.html", "figures", "chains.nc"}
        assert (aside / "figures" / "wp.png").read_text() == str(number)
        assert f"are now in {aside}" in text.getvalue()
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {"old_1", "old_2", "history.jsonl", "mine.txt"}


def fail_in(folder, error):
    with removed_if_empty(folder):
        raise error


@pytest.mark.parametrize("error", [ValueError("bad"), KeyboardInterrupt()])
def test_an_empty_folder_goes_when_a_run_fails(tmp_path, error):
    folder = tmp_path / "out"
    folder.mkdir()
    with pytest.raises(type(error)):
        fail_in(folder, error)
    assert not folder.exists()


def test_one_with_a_file_stays(tmp_path):
    (tmp_path / "result").touch()
    with pytest.raises(ValueError, match="bad"):
        fail_in(tmp_path, ValueError("bad"))
    assert (tmp_path / "result").exists()


def test_there_may_be_none():
    with pytest.raises(ValueError, match="bad"):
        fail_in(None, ValueError("bad"))


def test_what_ends_well_stays(tmp_path):
    with removed_if_empty(tmp_path):
        pass
    assert tmp_path.exists()
