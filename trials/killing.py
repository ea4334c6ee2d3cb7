"""Kill long commands at random moments and inside their writes; what they end in must not change.

python -m trials.killing --kills 100 --out out/trials

Every command is first run through twice: the numbers in which both runs agree, all but times and
dates, are what a killed run must end in when it goes on, to the last bit, and no unfinished file
may be left. Half of the kills (SIGKILL) come at a random moment, half at a random write, before or
after it takes effect. Writes kills.json, and exits with 1 where a promise did not hold.
"""

import argparse
import json
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from rich.progress import Progress

from trials import keep_compiled_programs
from trials.jobs import JOBS, Job
from trials.results import leftovers, values


class Reference(NamedTuple):
    """A command that ran through.

    Attributes:
        values: What two runs agree in.
        seconds: How long the second took.
        n_write: How many of its calls a kill can be at.
    """

    values: dict[str, str]
    seconds: float
    n_write: int


class Kill(NamedTuple):
    """One trial.

    Attributes:
        job: Name of the command.
        place: Where it was killed, for people.
        was_killed: False where it ended first.
        faults: What was wrong in the end; none where the promises held.
    """

    job: str
    place: str
    was_killed: bool
    faults: list[str]


def run(job: Job, folder: Path, number: int = -1, after: float | None = None) -> int:
    """Run a command, killed at a write or after some seconds; its exit status.

    Raises:
        subprocess.TimeoutExpired: Where it hangs.
    """
    writes = str(folder / "writes.txt")
    command = [sys.executable, "-m", "trials.dying", str(number), writes, *job.command(folder)]
    with (folder / "output.txt").open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
        try:
            return process.wait(after if after is not None else 600)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            if after is None:
                raise
            return -signal.SIGKILL


def reference(job: Job, folder: Path) -> Reference:
    """What a command ends in when nothing kills it."""
    found = []
    for name in ("first", "second"):
        one = folder / name
        one.mkdir(parents=True)
        began = time.monotonic()
        if run(job, one):
            sys.exit(f"{job.name} fails by itself:\n{(one / 'output.txt').read_text()}")
        seconds = time.monotonic() - began
        found.append(values(one / "out"))
    first, second = found
    same = {name: value for name, value in first.items() if second.get(name) == value}
    return Reference(same, seconds, int((one / "writes.txt").read_text()))


def kill(job: Job, known: Reference, folder: Path, random_: random.Random) -> Kill:
    """Kill a command once or twice, let it go on, and compare."""
    folder.mkdir(parents=True)
    places, was_killed = [], False
    for _ in range(random_.choice([1, 1, 2])):
        if random_.random() < 0.5:
            after = random_.uniform(0.1, 1.0) * known.seconds
            places.append(f"after {after:.2f} s")
            status = run(job, folder, after=after)
        else:
            number = random_.randrange(2 * known.n_write)
            places.append(f"at write {number // 2}, {'before' if number % 2 == 0 else 'after'}")
            status = run(job, folder, number=number)
        was_killed |= status == -signal.SIGKILL
    faults = []
    try:
        status = run(job, folder)
    except subprocess.TimeoutExpired:
        return Kill(job.name, ", ".join(places), was_killed, ["hangs when it goes on"])
    if status:
        said = (folder / "output.txt").read_text()[-500:]
        faults.append(f"exit status {status} when it went on: {said}")
    ended = values(folder / "out")
    faults += [
        f"{name} differs" for name, value in known.values.items() if ended.get(name) != value
    ]
    faults += [f"{name} is left over" for name in leftovers(folder)]
    return Kill(job.name, ", ".join(places), was_killed, faults)


def main() -> int:
    """Exit status: 1 where a promise did not hold."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--kills", type=int, default=100, help="how many trials")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", nargs="+", choices=JOBS, default=list(JOBS))
    parser.add_argument("--out", type=Path, default=Path("out/trials"), help="folder of kills.json")
    arguments = parser.parse_args()
    keep_compiled_programs()
    found = []
    with tempfile.TemporaryDirectory() as place, Progress() as progress:
        task = progress.add_task("running through", total=len(arguments.jobs) + arguments.kills)
        known = {}
        for name in arguments.jobs:
            known[name] = reference(JOBS[name], Path(place) / name)
            progress.advance(task)
        for k in range(arguments.kills):
            name = arguments.jobs[k % len(arguments.jobs)]
            progress.update(task, description=f"killing {name}")
            folder = Path(place) / f"kill {k}"
            one = kill(JOBS[name], known[name], folder, random.Random(f"{arguments.seed} {k}"))
            found.append(one)
            if one.faults:
                progress.console.print(f"{name}, killed {one.place}: {'; '.join(one.faults[:5])}")
            shutil.rmtree(folder)
            progress.advance(task)
    arguments.out.mkdir(parents=True, exist_ok=True)
    wrong = sum(bool(one.faults) for one in found)
    summary = {
        "kills": [one._asdict() for one in found],
        "compared": {name: len(one.values) for name, one in known.items()},
        "seconds": {name: one.seconds for name, one in known.items()},
        "seed": arguments.seed,
        "wrong": wrong,
    }
    (arguments.out / "kills.json").write_text(json.dumps(summary, indent=1) + "\n")
    killed = sum(one.was_killed for one in found)
    print(
        f"{len(found)} trials, {killed} of them killed: {wrong} did not end as if nothing had been"
    )
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
