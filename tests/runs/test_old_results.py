from io import StringIO

from rich.console import Console

from halograd.runs.old_results import set_results_aside
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
