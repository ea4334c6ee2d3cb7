"""Pair counts, value and full gradient, beside Corrfunc, halotools and the paper's own code.

python -m benchmarks.pairs --out out/benchmarks
"""

import argparse
import os
import sys
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from benchmarks.pairs import agreement, contenders, figure, grid, machine, table, targets
from benchmarks.pairs.child import ROOT
from benchmarks.pairs.results import Results
from benchmarks.pairs.rounds import Rounds

_PEERS = ROOT / ".venv-peers" / "bin" / "python"


def options():
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.pairs",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--out", type=Path, default=Path("out/benchmarks"), help="folder of pairs.json and .png")
    add("--n", type=_size, nargs="+", default=list(grid.SIZES), help="numbers of points")
    add("--samples", type=int, nargs="+", default=list(grid.SAMPLES), help="weight columns")
    add("--threads", type=int, nargs="+", help="1 and all cores unless given")
    add("--repeats", type=int, default=3, help="turns of each measurement; the median counts")
    add("--codes", nargs="+", choices=contenders.MODULES, default=list(contenders.MODULES))
    add("--limit", type=float, default=45, help="longest turn worth waiting for, seconds")
    add("--backend", default="auto", help="halograd's: auto, native or reference")
    add("--peers", default=None, help="the Python that has the peers (.venv-peers if present)")
    add("--quick", action="store_true", help="small sizes, about a minute")
    add("--resume", action="store_true", help="keep the measurements already in --out")
    chosen = parser.parse_args()
    if chosen.quick:
        chosen.n, chosen.samples = [10_000], [1, 3]
    chosen.threads = sorted(set(chosen.threads or [1, machine.cores()]))
    if min(chosen.n + chosen.samples + chosen.threads + [chosen.repeats]) < 1:
        parser.error("sizes, samples, threads and repeats must be at least 1")
    if max(chosen.threads) > machine.cores():
        parser.error(f"only {machine.cores()} cores to run {max(chosen.threads)} threads on")
    chosen.n = sorted(set(chosen.n))
    return chosen


def _size(text):
    return int(float(text))


def interpreters(peers):
    """The Python of each code: ours for halograd, the peers' for the others."""
    peers = peers or (str(_PEERS) if _PEERS.exists() else sys.executable)
    return {code: sys.executable if code == "halograd" else peers for code in contenders.MODULES}


def measure(chosen, results, console):
    cases = grid.cases(chosen.n, chosen.samples, chosen.threads)
    columns = (
        *(TextColumn("{task.description}"), BarColumn(30)),
        *(MofNCompleteColumn(), TimeElapsedColumn()),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        for n, of_this_size in cases.items():
            of_this_size = [case for case in of_this_size if case.code in chosen.codes]
            turns = sum(chosen.repeats if case.measure == "seconds" else 1 for case in of_this_size)
            if not console.is_terminal:
                console.print(f"{n:,} points: {len(of_this_size)} measurements ...")
            bar = progress.add_task(f"{n:,} points", total=turns)

            def advance(case, bar=bar, n=n):
                progress.update(bar, advance=1, description=f"{n:,} points, {case.label}")

            Rounds(
                results,
                repeats=chosen.repeats,
                limit=chosen.limit,
                pythons=interpreters(chosen.peers),
                backend=chosen.backend,
                advance=advance,
            ).measure(of_this_size)
            progress.update(bar, completed=turns, description=f"{n:,} points")


def report(chosen, results, console):
    lines = targets.lines(results, chosen.threads)
    apart = agreement.differences(results)
    rates = targets.pairs_per_second(results, chosen.threads)
    results.save(
        versions=results.versions(),
        summary=lines,
        agreement=apart,
        pairs_per_second=[dict(zip(("n", "pairs", "per_second"), r, strict=True)) for r in rates],
    )
    for part in (table.measurements(results), table.agreement(apart), table.summary(lines)):
        console.print(part)
    for n, pairs, rate in rates:
        console.print(
            f"{n:,} points: {pairs:.3g} ordered pairs, {rate:.3g} per second, value and gradient"
        )
    for line in table.missing(results):
        console.print(f"[yellow]Missing[/yellow] {line}", highlight=False)
    figure.save(chosen.out / "pairs.png", results, lines, max(chosen.threads))
    console.print(f"Written to {chosen.out / 'pairs.json'} and {chosen.out / 'pairs.png'}")


def main():
    chosen = options()
    console = Console()
    chosen.out.mkdir(parents=True, exist_ok=True)
    heading = {
        "machine": machine.describe(),
        "backend": chosen.backend,
        "repeats": chosen.repeats,
        "limit_s": chosen.limit,
    }
    try:
        results = Results(chosen.out / "pairs.json", heading, resume=chosen.resume)
    except ValueError as error:
        sys.exit(str(error))
    measure(chosen, results, console)
    report(chosen, results, console)


if __name__ == "__main__":
    os.environ.setdefault("MPLBACKEND", "Agg")
    main()
