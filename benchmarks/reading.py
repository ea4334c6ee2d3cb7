"""Reading a long list of halos: time and memory beside pyarrow and pandas on the same columns.

python -m benchmarks.reading --hlist hlist_1.00000.list --out out/benchmarks

The rows of the list are repeated to the length asked for, once as they are and once with single
spaces, the only form that pyarrow reads. Each reading has a process of its own. halograd's makes
the whole catalogue: hosts found, everything checked.
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.pairs import machine
from benchmarks.pairs.child import ROOT
from benchmarks.pairs.peak_memory import forget_peak, peak_bytes
from halograd import __version__
from halograd._atomic import atomic_write

_INTEGERS = ("id", "upid", "phantom")
_COLUMNS = (
    *("scale", *_INTEGERS, "x", "y", "z", "vx", "vy", "vz"),
    *("rvir", "rs", "Mpeak", "Vpeak"),
)
_PATIENCE = 3600
TARGETS = {  # the largest that counts as met
    "time / pyarrow, single spaces": 1.25,
    "time / pandas, as written": 1.25,
    "peak memory / selected columns": 2.0,
}


def options():
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.reading",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--hlist", type=Path, help="a list of consistent-trees; one is made up where not given")
    add("--rows", type=lambda text: int(float(text)), default=1_000_000, help="about so many")
    add("--repeats", type=int, default=3, help="turns of each reader; the best counts")
    add("--out", type=Path, default=Path("out/benchmarks"), help="folder of reading.json")
    add("--peers", default=None, help="the Python that has pandas, this one where not given")
    add("--scratch", type=Path, help="folder for the lists, 1.4 kB a row")
    return parser.parse_args()


def made_up(n_row=2000):
    """A list of 79 columns in the layout of consistent-trees, with the units it declares."""
    rng = np.random.default_rng(0)
    names = [*_COLUMNS, *(f"filler_{number}" for number in range(79 - len(_COLUMNS)))]
    top = [
        "#" + " ".join(f"{name}({number})" for number, name in enumerate(names)),
        "#Omega_M = 0.307115; Omega_L = 0.692885; h0 = 0.680000",
        "#Full box size = 250.000000 Mpc/h",
        "#Mvir: Halo mass (Msun/h).",
        "#X/Y/Z: Halo position (Mpc/h comoving).",
        "#VX/VY/VZ: Halo velocity (km/s physical).",
    ]
    rows = [
        f"1.0000 {row:10d} {-1:10d} 0 "
        + " ".join(f"{value:9.5f}" for value in rng.uniform(0, 250, 79 - 4))
        for row in range(n_row)
    ]
    return "\n".join([*top, *rows, ""])


def lists(chosen, folder):
    """The two lists, as written and with single spaces."""
    text = made_up() if chosen.hlist is None else chosen.hlist.read_text()
    lines = text.splitlines(keepends=True)
    top = "".join(line for line in lines if line.startswith("#"))
    written = "".join(line for line in lines if not line.startswith("#"))
    single = re.sub(" +", " ", written)
    for name, rows in (("written", written), ("single", single)):
        with (folder / name).open("w") as file:
            file.write(top)
            for _ in range(-(-chosen.rows // rows.count("\n"))):
                file.write(rows)
        yield name, folder / name


def read_with_halograd(path):
    # What it imports at the first use is no part of the reading.
    import h5py  # noqa: F401
    import pyarrow.csv  # noqa: F401

    from halograd import catalogs

    return lambda: len(catalogs.read(path))


def read_with_pyarrow(path):
    import pyarrow
    from pyarrow import csv

    names, n_header = _names(path)
    types = {name: pyarrow.int64() if name in _INTEGERS else pyarrow.float64() for name in _COLUMNS}
    choices = {
        "read_options": csv.ReadOptions(column_names=names, skip_rows=n_header),
        "parse_options": csv.ParseOptions(delimiter=" "),
        "convert_options": csv.ConvertOptions(include_columns=_COLUMNS, column_types=types),
    }
    return lambda: csv.read_csv(path, **choices).num_rows


def read_with_pandas(path):
    import pandas

    names, n_header = _names(path)
    separator = " " if Path(path).name == "single" else r"\s+"
    choices = {"sep": separator, "names": names, "usecols": _COLUMNS, "skiprows": n_header}
    return lambda: len(pandas.read_csv(path, engine="c", **choices))


def _names(path):
    with open(path) as file:
        names = [re.sub(r"\(\d+\)$", "", name) for name in file.readline()[1:].split()]
        return names, 1 + sum(1 for _ in iter(lambda: file.readline().startswith("#"), False))


READERS = {
    "halograd": read_with_halograd,
    "pyarrow": read_with_pyarrow,
    "pandas": read_with_pandas,
}


def one_reading(reader, path):
    """In this process: seconds, seconds of all cores, rows, and the memory above the start."""
    read = READERS[reader](path)
    forget_peak()
    start, before = peak_bytes(), (time.perf_counter(), time.process_time())
    n_row = read()
    wall, cpu = time.perf_counter() - before[0], time.process_time() - before[1]
    return {"wall_s": wall, "cpu_s": cpu, "n_row": n_row, "peak_bytes": peak_bytes() - start}


def in_a_process(python, reader, path):
    command = [python, "-m", "benchmarks.reading", "--one", reader, path]
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
        return {"missing": getattr(error, "stderr", None) or str(error)}
    return json.loads(done.stdout.splitlines()[-1])


def measure(chosen, say):
    pandas = chosen.peers or sys.executable
    with tempfile.TemporaryDirectory(dir=chosen.scratch) as folder:
        paths = dict(lists(chosen, Path(folder)))
        turns = [
            *(("halograd", name, sys.executable) for name in paths),
            ("pyarrow", "single", sys.executable),
            *(("pandas", name, pandas) for name in paths),
        ]
        found = {}
        for turn in range(chosen.repeats):
            for reader, name, python in turns:
                say(f"Turn {turn + 1}: {reader}, {name}")
                found.setdefault(f"{reader}, {name}", []).append(
                    in_a_process(python, reader, paths[name])
                )
        sizes = {name: path.stat().st_size for name, path in paths.items()}
    return {"bytes": sizes, "readings": {name: _best(turns) for name, turns in found.items()}}


def _best(turns):
    good = [turn for turn in turns if "missing" not in turn]
    return {key: min(turn[key] for turn in good) for key in good[0]} if good else turns[0]


def summary(measured):
    """Each target with what was measured, where its peer was there."""
    readings = measured["readings"]
    ours, single = readings["halograd, written"], readings["halograd, single"]
    found = {"peak memory / selected columns": ours["peak_bytes"] / _selected(ours["n_row"])}
    for name, mine, peer in (
        ("time / pyarrow, single spaces", single, readings["pyarrow, single"]),
        ("time / pandas, as written", ours, readings["pandas, written"]),
    ):
        if "missing" not in peer:
            found[name] = mine["wall_s"] / peer["wall_s"]
    return [
        {"name": name, "value": value, "bound": TARGETS[name], "met": value <= TARGETS[name]}
        for name, value in found.items()
    ]


def _selected(n_row):
    return 8 * len(_COLUMNS) * n_row


def shown(measured, lines):
    table = Table("reader, list", "wall s", "CPU s", "rows", "peak MB", title="Reading")
    for name, reading in measured["readings"].items():
        if "missing" in reading:
            table.add_row(name, "missing")
            continue
        numbers = (f"{reading['wall_s']:.2f}", f"{reading['cpu_s']:.2f}", f"{reading['n_row']:,}")
        table.add_row(name, *numbers, f"{reading['peak_bytes'] / 1e6:.0f}")
    verdicts = Table("", "measured", "at most", "", title="Summary")
    for line in lines:
        verdict = "[green]met[/green]" if line["met"] else "[red]missed[/red]"
        verdicts.add_row(line["name"], f"{line['value']:.3g}", f"{line['bound']:g}", verdict)
    return table, verdicts


def main():
    if sys.argv[1:2] == ["--one"]:
        print(json.dumps(one_reading(*sys.argv[2:4])))
        return
    chosen, console = options(), Console()
    chosen.out.mkdir(parents=True, exist_ok=True)
    measured = measure(chosen, lambda text: console.print(text, highlight=False))
    lines = summary(measured)
    content = {"machine": machine.describe(), "halograd": __version__, "summary": lines, **measured}
    with atomic_write(chosen.out / "reading.json") as temporary:
        temporary.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    console.print(*shown(measured, lines))
    console.print(f"Written to {chosen.out / 'reading.json'}")


if __name__ == "__main__":
    main()
