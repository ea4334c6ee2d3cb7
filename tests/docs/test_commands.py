"""Commands on the pages are understood by what they call."""

import re
import shlex
from importlib.util import find_spec

import pytest
from typer.main import get_command

from docs.pages import ROOT, blocks_of, pages_with
from halograd.cli.app import app

SHELL = ("cd", "git", "taskset", "export")


def commands(page):
    """Command lines of the page, without comments, continuation lines joined."""
    code = "\n".join(block.code for block in blocks_of(page, "bash")).replace("\\\n", " ")
    for line in re.split(r"\n|&&", code):
        words = shlex.split(line, comments=True)
        if words:
            yield words


@pytest.mark.parametrize("page", pages_with("bash"))
def test_commands_are_understood(page):
    for words in commands(page):
        check(words)


def check(words):
    """Raise or fail for a command that would not start."""
    program, *arguments = words
    if program == "taskset":
        return check(arguments[2:])
    if program.endswith("halograd"):
        return parse(arguments)
    if program == "make":
        targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE)
        return require(arguments[0] in targets, f"no target {arguments[0]} in the Makefile")
    if arguments[:1] == ["-m"]:
        return require(find_spec(arguments[1]) is not None, f"no module {arguments[1]}")
    return require(program in SHELL, f"{program}: mark the block `<!-- not run: why -->`")


def parse(arguments):
    """As the command line would, without running anything."""
    command, names = get_command(app), ["halograd"]
    while hasattr(command, "commands") and arguments and arguments[0] in command.commands:
        command = command.commands[arguments[0]]
        names.append(arguments[0])
        arguments = arguments[1:]
    if hasattr(command, "commands"):
        return require(arguments in (["--help"], ["--version"]), f"{names} has no {arguments}")
    for word in arguments:
        if word.startswith("examples/"):
            require((ROOT / word).exists(), f"{word} does not exist")
    context = command.make_context(" ".join(names), list(arguments))
    return require(not context.args, f"left over: {context.args}")


def require(condition, message):
    assert condition, message


@pytest.mark.parametrize(
    "line",
    [
        "halograd sampel CONFIG --out x",
        "halograd fit examples/demo.toml",
        "halograd fit examples/none.toml --out x",
        "halograd fit CONFIG --out x --speed 3",
        "make tea",
        "python -m no_such_module",
        "rm -rf x",
    ],
)
def test_a_wrong_command_is_noticed(line):
    with pytest.raises(Exception, match=r"."):
        check(shlex.split(line))
