"""What the compiled engine computes of one point set, also from a process of its own.

Instruction set and thread pool are chosen once per process, so that to compare them takes several.
"""

import contextlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np

N = 600
N_SAMPLE = 5  # more than one pass of the engine holds
TESTS = Path(__file__).parents[1]


def points():
    from oracles.clustered_points import BOX, clustered

    return clustered(N) % BOX


def weights(dtype):
    """(N, N_SAMPLE), the first column ones, another mostly zeros."""
    columns = np.random.default_rng(1).random((N, N_SAMPLE))
    columns[:, 0] = 1.0
    columns[:, 1] *= np.arange(N) % 3 == 0
    return columns.astype(dtype)


def compute(names, threads=None):
    """Counts, their gradient without kept sums, and the sums around points, by name."""
    import jax

    from oracles.clustered_points import BOX
    from oracles.pair_cases import BINNINGS

    options = {"backend": "native", "memory": "recompute", "threads": threads}
    pairs = {
        name: BINNINGS[name].auto(points(), BOX, **BINNINGS[name].arguments, **options)
        for name in names
    }
    found = {}
    for dtype in ("float32", "float64"):
        with jax.enable_x64(True) if dtype == "float64" else contextlib.nullcontext():
            for name, results in jax.jit(_results)(pairs, weights(dtype)).items():
                found |= {f"{name} {dtype} {what}": np.array(x) for what, x in results.items()}
    return found


def _results(pairs, columns):
    import jax

    return {
        name: {
            "counts": of_name(columns),
            "around": of_name.per_point(columns),
            "gradient": jax.grad(lambda w, of_name=of_name: (of_name(w) ** 2).sum())(columns),
        }
        for name, of_name in pairs.items()
    }


def from_new_process(path, names, *, core=None, environment=None):
    """As `compute`, and the instruction set, from a process perhaps bound to one core."""
    arguments = [str(path), "any" if core is None else str(core), *names]
    subprocess.run(
        [sys.executable, "-m", "oracles.engine_results", *arguments],
        env={**os.environ, "PYTHONPATH": str(TESTS), **(environment or {})},
        check=True,
    )
    with np.load(path) as found:
        return dict(found)


def _main(path, core, *names):
    if core != "any":
        os.sched_setaffinity(0, {int(core)})
    found = compute(names)
    from halograd.pairs._native_library import instruction_set

    np.savez(path, instruction_set=instruction_set(), **found)


if __name__ == "__main__":
    _main(*sys.argv[1:])
