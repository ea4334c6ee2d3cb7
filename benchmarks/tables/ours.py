"""What is measured of halograd."""

import statistics
import time

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from halograd import inference, pairs

_HAT_NODES = 40


def seconds(task, repeats):
    """The median of several calls, after one that compiles."""
    jax.block_until_ready(task())
    times = []
    for _ in range(repeats):
        began = time.perf_counter()
        jax.block_until_ready(task())
        times.append(time.perf_counter() - began)
    return statistics.median(times)


def counting(direct, halos, repeats):
    """One pass that fills a table of 40 masses x 2 types, and one weighted count with gradient."""
    mass = halos.log_mpeak
    grid = np.quantile(mass, np.linspace(0, 1, _HAT_NODES))
    nodes = pairs.Nodes({"log_mpeak": grid}, {"is_satellite": (False, True)})
    properties = {"log_mpeak": mass, "is_satellite": halos.is_satellite}
    weights = jnp.asarray(np.random.default_rng(0).random(len(halos)), jnp.float32)

    @eqx.filter_jit
    def count(pairs, weights):
        return jax.value_and_grad(lambda w: jnp.sum(pairs(w)))(weights)

    weighted = seconds(lambda: count(direct.pairs, weights), repeats)
    table = seconds(lambda: pairs.tabulate(direct.pairs, nodes, properties).plan, repeats)
    return {"weighted_count_s": weighted, "table_s": table, "ratio": table / weighted}


def predicting(predictor, space, repeats):
    """Milliseconds of a prediction, and of χ² with its gradient, reverse mode."""
    vector = np.asarray(predictor({}).vector)
    scale = 1 / (0.01 * np.abs(vector) + 1e-6)

    @eqx.filter_jit
    def value(predictor, u):
        return predictor(space.to_theta(u)).vector

    @eqx.filter_jit
    def value_and_gradient(predictor, u):
        def chi2(u):
            return jnp.sum(((predictor(space.to_theta(u)).vector - vector) * scale) ** 2)

        return jax.value_and_grad(chi2)(u)

    u = space.to_unbounded({})
    return {
        "value_ms": 1e3 * seconds(lambda: value(predictor, u), repeats),
        "value_and_gradient_ms": 1e3 * seconds(lambda: value_and_gradient(predictor, u), repeats),
    }


def tabulating(direct, space, *, tolerance, n_check):
    began = time.perf_counter()
    tabulated = inference.tabulate(direct, tolerance=tolerance, space=space, n_check=n_check)
    return tabulated, time.perf_counter() - began
