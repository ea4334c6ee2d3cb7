"""emcee (Foreman-Mackey et al. 2013): the stretch move, in the same unbounded coordinates."""

import sys
import time

import jax
import jax.numpy as jnp
import numpy as np

from halograd.inference.diagnostics import convergence
from halograd.inference.nuts.warmup import root_of_inverse
from halograd.inference.posterior import expected_information

_LENGTH = 50  # autocorrelation times of a chain that can be trusted


def load(packages):
    """emcee from an environment of peers; everything else comes from this one."""
    if packages is not None:
        sys.path.append(str(packages))
    import emcee

    return emcee


def run(emcee, posterior, start, seed, steps, console):
    """Walkers around the best fit, the first fifth of their steps dropped."""
    n = len(start)
    n_walker = max(32, 4 * n)
    rng = np.random.default_rng(seed)
    root = root_of_inverse(expected_information(posterior, start))
    walkers = start + rng.standard_normal((n_walker, n)) @ root.T
    calls, many = 0, jax.jit(jax.vmap(lambda u: posterior(u)))

    def log_density(points):
        nonlocal calls
        calls += len(points)
        values = np.asarray(many(jnp.asarray(points, jnp.float32)), np.float64)
        return np.where(np.isfinite(values), values, -np.inf)

    sampler = emcee.EnsembleSampler(n_walker, n, log_density, vectorize=True)
    sampler.random_state = np.random.RandomState(seed).get_state()
    began = time.perf_counter()
    for i, _ in enumerate(sampler.sample(walkers, iterations=steps)):
        if (i + 1) % max(steps // 10, 1) == 0:
            console.print(f"  emcee: step {i + 1:,} of {steps:,}", highlight=False)
    seconds = time.perf_counter() - began
    dropped = steps // 5
    draws = sampler.get_chain(discard=dropped)
    tau = emcee.autocorr.integrated_time(draws, quiet=True)
    kept_calls = (steps - dropped) * n_walker
    ess = kept_calls / tau.max()
    found = convergence(np.swapaxes(draws, 0, 1))
    return {
        "seconds_with_compilation": seconds,
        "walkers": n_walker,
        "steps": steps,
        "long_enough": bool(steps - dropped > _LENGTH * tau.max()),
        "autocorrelation_times": tau.tolist(),
        "least_ess": float(ess),
        "least_ess_of_walkers_as_chains": found.least_ess,
        "worst_r_hat_of_walkers_as_chains": found.worst_r_hat,
        "acceptance": float(sampler.acceptance_fraction.mean()),
        "calls": kept_calls,
        "calls_with_burn_in": calls,
        "calls_per_effective_draw": kept_calls / ess,
        "calls_per_effective_draw_with_burn_in": calls / ess,
    }, draws.reshape(-1, n)
