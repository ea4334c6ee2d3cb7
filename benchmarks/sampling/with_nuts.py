"""NUTS, as `halograd sample` runs it."""

import time

from halograd.inference import sample


def run(posterior, start, seed, target_ess):
    began = time.perf_counter()
    chains = sample(posterior, start=start, seed=seed, target_ess=target_ess)
    seconds = time.perf_counter() - began
    found = chains.convergence
    calls = int(chains.evaluations.sum())
    return {
        "seconds_with_compilation": seconds,
        "converged": chains.converged,
        "draws": chains.n_draw * len(chains.u),
        "divergent": chains.n_divergent,
        "worst_r_hat": found.worst_r_hat,
        "least_ess_bulk": float(found.ess_bulk.min()),
        "least_ess_tail": float(found.ess_tail.min()),
        "calls": calls,
        "calls_with_warmup": chains.total_evaluations,
        "calls_per_effective_draw": calls / found.least_ess,
        "calls_per_effective_draw_with_warmup": chains.total_evaluations / found.least_ess,
    }, chains.u.reshape(-1, chains.u.shape[-1])
