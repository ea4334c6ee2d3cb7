"""Simulation-based calibration of the posterior of a configuration.

Truths are drawn from the prior, data from the likelihood, and each posterior is sampled; the ranks
of the truths must be uniform. Give the same command again to go on after an interruption.

python -m benchmarks.calibration CONFIG --out out/calibration --truths 200
"""

import argparse
import hashlib
import json
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from benchmarks.pairs import machine
from benchmarks.sampling.problem import posterior_and_start
from halograd import __version__
from halograd._atomic import atomic_write
from halograd.config import load_config
from halograd.inference import calibrate, replicates
from halograd.report.figures import calibration_figure
from halograd.report.style import save_png

_DEFAULT = Path(__file__).parent / "posterior.toml"


def options():
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.calibration",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("config", nargs="?", type=Path, default=_DEFAULT)
    add("--out", type=Path, default=Path("out/calibration"))
    add("--truths", type=int, default=200)
    add("--ranks", type=int, default=99, help="draws of each posterior")
    add("--seed", type=int, default=0)
    return parser.parse_args()


def run(chosen, console):
    config = load_config(chosen.config)
    posterior, _, _ = posterior_and_start(config, chosen.out, console)
    columns = (
        TextColumn("  {task.description}"),
        BarColumn(30),
        MofNCompleteColumn(),
        TextColumn("{task.fields[state]}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task("truths", total=chosen.truths, state="")

        def show(progress):
            state = f"{progress.unconverged} unconverged"
            bar.update(task, completed=progress.done, state=state)
            if not console.is_terminal and progress.done % 10 == 0:
                console.print(f"  truth {progress.done} of {progress.total}, {state}")

        return calibrate(
            replicates(posterior),
            chosen.truths,
            n_rank=chosen.ranks,
            seed=chosen.seed,
            checkpoint=chosen.out / "ranks.h5",
            belongs_to=hashlib.sha256(config.text.encode()).hexdigest(),
            on_progress=show,
        )


def main():
    chosen, console = options(), Console()
    found = run(chosen, console)
    save_png(calibration_figure(found), chosen.out / "calibration.png")
    result = {
        "halograd": __version__,
        "machine": machine.describe(),
        "config": chosen.config.read_text(),
        "truths": chosen.truths,
        "draws_of_each_posterior": found.n_rank,
        "unconverged": int((~found.converged).sum()),
        "ecdf_p_values": found.ecdf_p_values,
        "chi2_p_values": found.chi2_p_values,
        "passed": found.passed,
    }
    with atomic_write(chosen.out / "calibration.json") as temporary:
        temporary.write_text(json.dumps(result, indent=2) + "\n")
    console.print(result)


if __name__ == "__main__":
    main()
