"""A path with brackets was taken for markup of the terminal and lost its brackets."""

from io import StringIO

from rich.console import Console

from halograd.runs.stages import Stages


def test_what_is_printed_keeps_its_brackets():
    text = StringIO()
    stages = Stages(Console(file=text, width=200))
    with stages("read", "Reading box[red].hdf5"):
        stages.note("read from runs/[dim]/table.h5")
        stages.warn("[tables] is of no use for /[/bold]")
        stages.say("Configuration: [a].toml")
    lines = text.getvalue().splitlines()
    assert lines[:2] == ["Reading box[red].hdf5", "  read from runs/[dim]/table.h5"]
    assert lines[2:4] == ["  [tables] is of no use for /[/bold]", "Configuration: [a].toml"]
