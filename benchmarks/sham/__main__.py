"""Mean stellar masses of a million halos and their derivatives, by every method.

python -m benchmarks.sham --out out/benchmarks
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from benchmarks.pairs import machine
from benchmarks.pairs.child import ROOT
from benchmarks.sham import targets
from benchmarks.sham.clock import timed
from benchmarks.sham.halos import log_mpeak
from benchmarks.sham.ours import tasks
from halograd import __version__
from halograd._atomic import atomic_write
from halograd.sham.network import relation, weights

_PEERS = ROOT / ".venv-peers" / "bin" / "python"
_PATIENCE = 600


def options():
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.sham",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--out", type=Path, default=Path("out/benchmarks"), help="folder of sham.json")
    add("--n", type=lambda text: int(float(text)), default=targets.N, help="number of halos")
    add("--repeats", type=int, default=5, help="turns of each measurement; the median counts")
    add("--network", type=Path, default=None, help="weights other than the shipped ones")
    add("--peers", default=None, help="the Python that has shamnet (.venv-peers if present)")
    add("--quick", action="store_true", help="10,000 halos, three turns")
    chosen = parser.parse_args()
    if chosen.quick:
        chosen.n, chosen.repeats = 10_000, 3
    if min(chosen.n, chosen.repeats) < 1:
        parser.error("halos and repeats must be at least 1")
    return chosen


def measure(chosen, console):
    ours = tasks(chosen.n)
    columns = TextColumn("{task.description}"), BarColumn(30), MofNCompleteColumn()
    with Progress(
        *columns, TimeElapsedColumn(), console=console, disable=not console.is_terminal
    ) as bar:
        turns = bar.add_task("compiling", total=len(ours) * (chosen.repeats + 1))
        return timed(
            ours, chosen.repeats, lambda name: bar.update(turns, advance=1, description=name)
        )


def published(chosen):
    """What a Python that has shamnet measures, or {"missing": why}."""
    python = chosen.peers or (str(_PEERS) if _PEERS.exists() else sys.executable)
    with tempfile.TemporaryDirectory() as folder:
        halos = Path(folder) / "log_mpeak.npy"
        np.save(halos, log_mpeak(chosen.n))
        command = [python, "-m", "benchmarks.sham.published", str(chosen.repeats), str(halos)]
        try:
            done = subprocess.run(
                command, cwd=ROOT, capture_output=True, text=True, timeout=_PATIENCE, check=True
            )
        except (OSError, subprocess.SubprocessError) as error:
            return {"missing": str(error)}
    return json.loads(done.stdout.splitlines()[-1])


def table(measured, n):
    found = Table("", title=f"Abundance matching of {n:,} halos, seconds", title_justify="left")
    for name in ("median", "first call"):
        found.add_column(name, justify="right")
    for name, record in measured.items():
        found.add_row(name, f"{record['median_s']:.3g}", f"{record['first_s']:.3g}")
    return found


def verdicts(lines):
    found = Table("", title="Summary", title_justify="left")
    for name in ("measured", "at most", ""):
        found.add_column(name, justify="right")
    words = {True: "[green]met[/green]", False: "[red]missed[/red]", None: f"set for {targets.N:,}"}
    for line in lines:
        value, bound = f"{line['value']:.3g}", f"{line['bound']:g}"
        found.add_row(line["name"], value, bound, words[line["met"]])
    return found


def main():
    chosen, console = options(), Console()
    chosen.out.mkdir(parents=True, exist_ok=True)
    if chosen.network is not None:
        network = weights.load(chosen.network)
        relation.shipped_network = lambda: network
    measured, theirs = measure(chosen, console), published(chosen)
    if "missing" in theirs:
        console.print(f"[yellow]Missing[/yellow] shamnet: {theirs['missing']}", highlight=False)
    else:
        measured |= theirs
    lines = targets.lines(measured, chosen.n)
    content = {
        "machine": machine.describe(),
        "halograd": __version__,
        "n": chosen.n,
        "repeats": chosen.repeats,
        "shamnet": theirs.get("missing", "measured"),
        "summary": lines,
        "seconds": measured,
    }
    with atomic_write(chosen.out / "sham.json") as temporary:
        temporary.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    console.print(table(measured, chosen.n))
    console.print(verdicts(lines))
    console.print(f"Written to {chosen.out / 'sham.json'}")


if __name__ == "__main__":
    main()
