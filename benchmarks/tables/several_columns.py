"""Tables of a model of several columns: an occupation model with assembly bias, nine parameters."""

import time
from dataclasses import replace

import jax
import numpy as np
from tests.oracles.assembly_bias_hod import AssemblyBiasHod, halos_with_satellite_points

from benchmarks.pairs import peak_memory
from benchmarks.tables import ours
from halograd import inference
from halograd.catalogs import AnalyticMatter

RP_EDGES, PI_MAX = np.geomspace(0.1, 30.0, 14), 40.0
R_EDGES = np.geomspace(0.1, 10.0, 9)
LEAST_GALAXIES = 300
DRAWS_SEED = 123
TARGETS = {  # the largest that counts as met, of the last number of functions
    "wp, median error": 1e-4,
    "wp, 95 % of errors": 1e-3,
    "value and Jacobian, ms": 3.0,
    "table, s": 60.0,
}


def measure(boxsize, sizes, n_draw, repeats, say):
    """What tables of each number of functions take and miss, on one set of tracers."""
    say(f"Making tracers with satellite points in a box of {boxsize:g} Mpc/h")
    halos = halos_with_satellite_points(boxsize=boxsize, log_mpeak_min=12.0)
    halos = replace(halos, analytic_matter=AnalyticMatter())
    observables = inference.Observables(
        n=["all"],
        wp=["all"],
        rp_edges=RP_EDGES,
        pi_max=min(PI_MAX, boxsize / 4),
        delta_sigma=["all"],
        r_edges=R_EDGES,
    )
    direct = inference.Predictor(halos, AssemblyBiasHod(), observables)
    say(f"The direct engine at {n_draw} draws")
    truths = _truths(direct, halos.volume, n_draw)
    measured = {"n": len(halos), "n_draw": len(truths), "tables": []}
    for n_function in sizes:
        say(f"A table of {n_function} functions")
        measured["tables"].append(_table(direct, n_function, truths, repeats))
    return measured


def _truths(direct, volume, n_draw):
    """Parameters and direct predictions at draws of the prior with enough galaxies."""
    draws = direct.model.space.draw(DRAWS_SEED, n_draw)
    thetas = [{name: float(values[i]) for name, values in draws.items()} for i in range(n_draw)]
    found = [(theta, direct(theta).on_host()) for theta in thetas]
    return [(theta, truth) for theta, truth in found if truth.n[0] * volume >= LEAST_GALAXIES]


def _table(direct, n_function, truths, repeats):
    is_peak_fresh = peak_memory.forget_peak()
    wall, processor = time.perf_counter(), time.process_time()
    tabulated = inference.tabulate(direct, n_node=n_function)
    wall, processor = time.perf_counter() - wall, time.process_time() - processor
    errors = {name: [] for name in truths[0][1]}
    for theta, truth in truths:
        for name, values in tabulated(theta).on_host().items():
            errors[name].append(np.abs(values / truth[name] - 1).ravel())
    return {
        "n_function": n_function,
        "n_row": len(tabulated.table.multiplicity),
        "seconds": wall,
        "processor_seconds": processor,
        "peak_bytes": peak_memory.peak_bytes() if is_peak_fresh else None,
        "accuracy": tabulated.accuracy.described(),
        "errors": {name: _quantiles(np.concatenate(found)) for name, found in errors.items()},
        **ours.predicting(tabulated, direct.model.space, 100 * repeats),
        "value_and_jacobian_ms": 1e3
        * ours.seconds(lambda: tabulated.value_and_jacobian({}), 100 * repeats),
        "jax_x64": bool(jax.config.jax_enable_x64),
    }


def _quantiles(errors):
    return {
        "median": float(np.median(errors)),
        "95 %": float(np.quantile(errors, 0.95)),
        "worst": float(errors.max()),
    }


def summary(measured):
    """Each target with what the largest table reached."""
    table = measured["tables"][-1]
    found = {
        "wp, median error": table["errors"]["wp"]["median"],
        "wp, 95 % of errors": table["errors"]["wp"]["95 %"],
        "value and Jacobian, ms": table["value_and_jacobian_ms"],
        "table, s": table["seconds"],
    }
    return [
        {"name": name, "value": value, "bound": TARGETS[name], "met": value <= TARGETS[name]}
        for name, value in found.items()
    ]
