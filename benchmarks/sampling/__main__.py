"""Likelihood calls per effective draw and wall time: NUTS against emcee on one posterior.

A call of NUTS is a value with its gradient, one of emcee a value. Effective draws are the least
over parameters: of NUTS the lesser of bulk and tail, of emcee draws over autocorrelation time.

python -m benchmarks.sampling --out out/benchmarks
"""

import argparse
import json
from pathlib import Path

import numpy as np
from rich.console import Console

from benchmarks.pairs import machine
from benchmarks.sampling import with_emcee, with_nuts
from benchmarks.sampling.problem import posterior_and_start, seconds_of_a_call
from halograd import __version__
from halograd._atomic import atomic_write
from halograd.config import load_config

_ROOT = Path(__file__).resolve().parents[2]


def options():
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.sampling",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("config", nargs="?", type=Path, default=Path(__file__).with_name("posterior.toml"))
    add("--out", type=Path, default=Path("out/benchmarks"), help="folder of sampling.json")
    add("--steps", type=int, default=10_000, help="steps of each of emcee's walkers")
    add("--target-ess", type=float, default=400.0, help="effective draws at which NUTS stops")
    add("--seed", type=int, default=0)
    add("--peers", type=Path, default=None, help="site-packages that holds emcee")
    return parser.parse_args()


def peers(chosen):
    """The packages of the peers' environment, where there is one."""
    if chosen.peers is not None:
        return chosen.peers
    return next((_ROOT / ".venv-peers").glob("lib/python*/site-packages"), None)


def agreement(one, other):
    """Difference of the means in posterior standard deviations, and ratio of the latter."""
    sd = one.std(axis=0)
    return {
        "mean_difference_over_sd": ((other.mean(axis=0) - one.mean(axis=0)) / sd).tolist(),
        "sd_ratio": (other.std(axis=0) / sd).tolist(),
    }


def main():
    chosen, console = options(), Console()
    posterior, start, fit_seconds = posterior_and_start(
        load_config(chosen.config), chosen.out, console
    )
    calls = seconds_of_a_call(posterior, np.asarray(start, np.float32))
    console.print(f"one call: {calls}", highlight=False)
    nuts, draws = with_nuts.run(posterior, start, chosen.seed, chosen.target_ess)
    console.print(nuts)
    emcee = with_emcee.load(peers(chosen))
    ensemble, others = with_emcee.run(emcee, posterior, start, chosen.seed, chosen.steps, console)
    console.print(ensemble)
    result = {
        "halograd": __version__,
        "emcee_version": emcee.__version__,
        "machine": machine.describe(),
        "config": chosen.config.read_text(),
        "parameters": [p.name for p in posterior.space.free],
        "fit_s": fit_seconds,
        "call": calls,
        "nuts": nuts,
        "emcee": ensemble,
        "agreement": agreement(draws, others),
        "ratio_of_calls_per_effective_draw": ensemble["calls_per_effective_draw"]
        / nuts["calls_per_effective_draw"],
        "ratio_with_warmup_and_burn_in": ensemble["calls_per_effective_draw_with_burn_in"]
        / nuts["calls_per_effective_draw_with_warmup"],
    }
    with atomic_write(chosen.out / "sampling.json") as temporary:
        temporary.write_text(json.dumps(result, indent=2) + "\n")
    ratio = result["ratio_of_calls_per_effective_draw"]
    console.print(f"NUTS needs {ratio:.0f} times fewer calls per effective draw", highlight=False)


if __name__ == "__main__":
    main()
