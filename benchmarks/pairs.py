"""Projected pair counts, value and full gradient, beside Corrfunc's count in the same run.

python -m benchmarks.pairs --out out/benchmarks
"""

import argparse
import json
import os
import platform
import statistics
import time
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np

from halograd import __version__
from halograd.pairs import ProjectedPairs

DENSITY, PI_MAX = 0.015, 40.0
EDGES = np.geomspace(0.1, 20.0, 13)


def median_seconds(run, repeats):
    run()  # compile, or warm the caches
    times = []
    for _ in range(repeats):
        began = time.perf_counter()
        run()
        times.append(time.perf_counter() - began)
    return statistics.median(times)


def half_clustered(n, boxsize, seed=0):
    rng = np.random.default_rng(seed)
    centres = rng.random((max(1, n // 100), 3)) * boxsize
    clumps = centres[rng.integers(len(centres), size=n // 2)]
    clumps = clumps + rng.standard_normal(clumps.shape)
    return np.concatenate([rng.random((n - n // 2, 3)) * boxsize, clumps]) % boxsize


def ours(positions, boxsize, n_sample, repeats):
    weights = jnp.asarray(np.random.default_rng(1).random((len(positions), n_sample)), jnp.float32)
    began = time.perf_counter()
    pairs = ProjectedPairs(positions, boxsize, EDGES, PI_MAX)
    prepared = time.perf_counter() - began

    def value_and_gradient(pairs, weights):
        counts, pull_back = jax.vjp(pairs, weights)
        return counts, pull_back(jnp.ones_like(counts))

    value, both = jax.jit(lambda p, w: p(w)), jax.jit(value_and_gradient)
    return {
        "prepare_s": prepared,
        "value_s": median_seconds(lambda: value(pairs, weights).block_until_ready(), repeats),
        "value_and_gradient_s": median_seconds(
            lambda: jax.block_until_ready(both(pairs, weights)), repeats
        ),
    }


def corrfunc(positions, boxsize, repeats):
    """Counting times, or why there are none."""
    try:
        from Corrfunc.theory.wp import wp
    except ImportError:
        return {"missing": "Corrfunc is not installed"}
    x, y, z = positions.astype(np.float32).T.copy()
    weights = np.random.default_rng(1).random(len(x), np.float32)

    def count(**options):
        return wp(boxsize, PI_MAX, os.cpu_count(), EDGES, x, y, z, **options)

    return {
        "value_s": median_seconds(count, repeats),
        "weighted_value_s": median_seconds(
            lambda: count(weights=weights, weight_type="pair_product"), repeats
        ),
    }


def measure(n, repeats):
    boxsize = (n / DENSITY) ** (1 / 3)
    positions = half_clustered(n, boxsize)
    peer = corrfunc(positions, boxsize, repeats)
    row = {"n": n, "boxsize": boxsize, "corrfunc": peer}
    for n_sample in (1, 3):
        row[f"samples_{n_sample}"] = times = ours(positions, boxsize, n_sample, repeats)
        for kind in ("value_s", "weighted_value_s"):
            if kind in peer:
                times[f"gradient_over_corrfunc_{kind[:-2]}"] = (
                    times["value_and_gradient_s"] / peer[kind]
                )
    return row


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("out/benchmarks"))
    parser.add_argument("--n", type=int, nargs="+", default=[20_000, 50_000, 100_000])
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    report = {
        "halograd": __version__,
        "jax": jax.__version__,
        "machine": platform.processor() or platform.machine(),
        "cores": os.cpu_count(),
        "rows": [],
    }
    options.out.mkdir(parents=True, exist_ok=True)
    for n in options.n:
        report["rows"].append(row := measure(n, options.repeats))
        print(json.dumps(row, indent=1), flush=True)
        (options.out / "pairs.json").write_text(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
