"""Hostile input of every family: halograd is right, or refuses in one clear message.

python -m trials.fuzzing --inputs 10000 --out out/trials

Each input has a number, and with the same seed is the same whenever it is asked for again. Inputs
run in processes of their own, so that a crash or a hang is one violation and the rest goes on.
Writes fuzz.json, and exits with 1 where there is a violation.
"""

import argparse
import json
import os
import selectors
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

import numpy as np
from rich.progress import Progress, TaskID

from trials import keep_compiled_programs
from trials.families import FAMILIES

_PATIENCE = 120.0  # seconds without an answer
_ROOT = Path(__file__).parents[1]


class Violation(NamedTuple):
    """An input that halograd got wrong.

    Attributes:
        family: Of the input.
        number: Its number, to make it again.
        what: What was wrong.
    """

    family: str
    number: int
    what: str


def worker(family: str, begin: int, end: int, seed: int) -> None:
    """Try inputs [begin, end) in this process; a line for each."""
    one = import_module(f"trials.families.{family}").one
    with tempfile.TemporaryDirectory() as folder:
        for number in range(begin, end):
            rng = np.random.default_rng([seed, FAMILIES.index(family), number])
            print(json.dumps([number, one(rng, Path(folder))]), flush=True)


def answers(family: str, begin: int, end: int, seed: int) -> Iterator[tuple[int, str | None]]:
    """The verdicts on inputs [begin, end), crashes and hangs among them."""
    while begin < end:
        where = map(str, (begin, end, seed))
        command = [sys.executable, "-m", "trials.fuzzing", "--worker", family, *where]
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=_ROOT
        )
        for line in _lines(process):
            number, verdict = json.loads(line)
            yield number, verdict
            begin = number + 1
        hangs = process.poll() is None
        process.kill()
        _, said = process.communicate()
        if begin < end:
            why = f"no answer in {_PATIENCE:g} s" if hangs else f"ended with {process.returncode}"
            yield begin, f"{why}: {said[-300:]}"
            begin += 1


def _lines(process: subprocess.Popen) -> Iterator[str]:
    """Lines as they come; ends where the process does, or is silent for too long."""
    with selectors.DefaultSelector() as ready:
        ready.register(process.stdout, selectors.EVENT_READ)
        while ready.select(_PATIENCE):
            line = process.stdout.readline()
            if not line:
                process.wait()
                return
            yield line


def main() -> int:
    """Exit status: 1 where there is a violation."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--inputs", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--families", nargs="+", choices=FAMILIES, default=list(FAMILIES))
    parser.add_argument("--out", type=Path, default=Path("out/trials"), help="folder of fuzz.json")
    parser.add_argument("--worker", nargs=4, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.worker:
        family, *numbers = arguments.worker
        worker(family, *map(int, numbers))
        return 0
    keep_compiled_programs()
    os.environ["PYTHONPATH"] = os.pathsep.join([str(_ROOT), str(_ROOT / "tests")])
    each = -(-arguments.inputs // len(arguments.families))
    began, found = time.monotonic(), []
    with Progress() as progress, ThreadPoolExecutor(os.cpu_count()) as threads:

        def try_all(family: str, task: TaskID) -> None:
            for number, verdict in answers(family, 0, each, arguments.seed):
                progress.advance(task)
                if verdict is not None:
                    found.append(Violation(family, number, verdict))
                    progress.console.print(f"{family} {number}: {verdict}", markup=False)

        tasks = {name: progress.add_task(name, total=each) for name in arguments.families}
        list(threads.map(try_all, tasks, tasks.values()))
    summary = {
        "inputs": each * len(arguments.families),
        "seed": arguments.seed,
        "seconds": time.monotonic() - began,
        "violations": [one._asdict() for one in sorted(found)],
    }
    arguments.out.mkdir(parents=True, exist_ok=True)
    (arguments.out / "fuzz.json").write_text(json.dumps(summary, indent=1) + "\n")
    print(f"{summary['inputs']:,} inputs in {summary['seconds']:.0f} s: {len(found)} violations")
    return int(len(found) > 0)


if __name__ == "__main__":
    sys.exit(main())
