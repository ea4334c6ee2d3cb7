"""Tables of halos: the time to fill one, the time and the error of predictions, beside TabCorr.

python -m benchmarks.tables --out out/benchmarks
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.pairs import machine
from benchmarks.pairs.child import ROOT
from benchmarks.tables import halos as setting
from benchmarks.tables import ours, several_columns
from halograd import __version__, inference
from halograd._atomic import atomic_write

_PEERS = ROOT / ".venv-peers" / "bin" / "python"
_PEER_HALOS, _PEER_BINS = 20_000, 60  # the time of a prediction does not depend on the halos
_PATIENCE = 600
_PARTS = ("mass", "columns")
_OTHER_DRAWS = 48  # at which bases are compared with the direct engine
TARGETS = {  # the largest that counts as met
    "table / weighted count": 3.0,
    "value and gradient, ms": 1.0,
    "largest error": 1e-3,
}


def options():
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.tables",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--out", type=Path, default=Path("out/benchmarks"), help="folder of tables.json")
    add("--n", type=lambda text: int(float(text)), default=200_000, help="halos, about")
    add("--tolerance", type=float, default=1e-3, help="of the table")
    add("--checks", type=int, default=100, help="draws compared with the direct engine")
    add("--repeats", type=int, default=3, help="turns of each count; predictions take 100 times")
    add("--peers", default=None, help="the Python that has tabcorr (.venv-peers if present)")
    add("--parts", nargs="+", choices=_PARTS, default=_PARTS, help="which tables to measure")
    add("--boxsize", type=float, default=200.0, help="Mpc/h, of the tracers with several columns")
    add("--functions", nargs="+", type=int, default=(80, 160), help="of the reduced bases")
    add("--quick", action="store_true", help="20,000 halos and ten checks; 80 Mpc/h")
    chosen = parser.parse_args()
    if chosen.quick:
        chosen.n, chosen.checks, chosen.boxsize = 20_000, 10, 80.0
    if min(chosen.n, chosen.checks, chosen.repeats) < 1:
        parser.error("halos, checks and repeats must be at least 1")
    return chosen


def measure(chosen, say):
    measured = {}
    if "columns" in chosen.parts:
        measured["columns"] = several_columns.measure(
            *(chosen.boxsize, chosen.functions, _OTHER_DRAWS, chosen.repeats, say)
        )
    return measured | (mass_tables(chosen, say) if "mass" in chosen.parts else {})


def mass_tables(chosen, say):
    """Tables between nodes in mass, beside the direct engine and TabCorr."""
    say(f"Making about {chosen.n:,} halos and their lensing profiles")
    halos = setting.universe(chosen.n)
    model, space = setting.model_and_space()
    direct = inference.Predictor(halos, model, setting.observables())
    say("Filling a table of 40 masses x 2 types, against one weighted count")
    measured = {"n": len(halos), "counting": ours.counting(direct, halos, chosen.repeats)}
    say(f"Tabulating to {chosen.tolerance:g}, with {chosen.checks} checks")
    tabulated, took = ours.tabulating(
        direct, space, tolerance=chosen.tolerance, n_check=chosen.checks
    )
    measured["tabulation"] = {"seconds": took, **tabulated.accuracy.described()}
    say("Predicting")
    measured["table"] = ours.predicting(tabulated, space, 100 * chosen.repeats)
    measured["direct"] = ours.predicting(direct, space, chosen.repeats)
    say("TabCorr")
    measured["tabcorr"] = peer(chosen, halos)
    return measured


def peer(chosen, halos):
    """What a Python that has tabcorr measures, or {"missing": why}."""
    python = chosen.peers or (str(_PEERS) if _PEERS.exists() else sys.executable)
    few = np.random.default_rng(0).permutation(len(halos))[:_PEER_HALOS]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "halos.npz"
        np.savez(
            path,
            positions=halos.positions[few],
            log_mpeak=halos.log_mpeak[few],
            boxsize=halos.boxsize[0],
            rp_edges=setting.RP_EDGES,
            pi_max=min(setting.PI_MAX, 0.3 * halos.boxsize[0]),  # halotools allows a third
        )
        repeats = 100 * chosen.repeats
        command = [python, "-m", "benchmarks.tables.tabcorr_peer", path, _PEER_BINS, repeats]
        try:
            done = subprocess.run(
                list(map(str, command)),
                cwd=ROOT,
                capture_output=True,
                text=True,
                timeout=_PATIENCE,
                check=True,
            )
        except (OSError, subprocess.SubprocessError) as error:
            return {"missing": str(error)}
    return json.loads(done.stdout.splitlines()[-1])


def summary(measured):
    """Each target with what was measured."""
    columns = several_columns.summary(measured["columns"]) if "columns" in measured else []
    if "tabulation" not in measured:
        return columns
    errors = measured["tabulation"]["errors"]
    found = {
        "table / weighted count": measured["counting"]["ratio"],
        "value and gradient, ms": measured["table"]["value_and_gradient_ms"],
        "largest error": max((error["worst"] for error in errors), default=float("nan")),
    }
    masses = [
        {"name": name, "value": value, "bound": TARGETS[name], "met": value <= TARGETS[name]}
        for name, value in found.items()
    ]
    return masses + columns


def verdicts(lines):
    found = Table("", title="Summary", title_justify="left")
    for name in ("measured", "at most", ""):
        found.add_column(name, justify="right")
    for line in lines:
        verdict = "[green]met[/green]" if line["met"] else "[red]missed[/red]"
        found.add_row(line["name"], f"{line['value']:.3g}", f"{line['bound']:g}", verdict)
    return found


def main():
    chosen, console = options(), Console()
    chosen.out.mkdir(parents=True, exist_ok=True)
    measured = measure(chosen, lambda text: console.print(text, highlight=False))
    lines = summary(measured)
    content = {"machine": machine.describe(), "halograd": __version__, "summary": lines, **measured}
    with atomic_write(chosen.out / "tables.json") as temporary:
        temporary.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    console.print(verdicts(lines))
    shown = ("table", "direct", "tabcorr", "columns")
    console.print_json(data={name: measured[name] for name in shown if name in measured})
    console.print(f"Written to {chosen.out / 'tables.json'}")


if __name__ == "__main__":
    main()
