"""The posterior of a configuration, and its best fit."""

import time

import numpy as np

from halograd.inference import Posterior, fit
from halograd.runs.measurements import measurements
from halograd.runs.run import prepare_run
from halograd.runs.stages import Stages


def posterior_and_start(config, folder, console):
    """The posterior, u at the best fit, and the seconds the fit took; a table goes to `folder`."""
    run = prepare_run(config, folder, Stages(console))
    data, truth = measurements(run)
    began = time.perf_counter()
    start = truth or config.fit.start
    best = fit(run.predictor, data, start=start, space=run.space, curvature=False)
    seconds = time.perf_counter() - began
    u = np.asarray(run.space.to_unbounded({p.name: best.theta[p.name] for p in run.space.free}))
    return Posterior(run.predictor, data, run.space), u, seconds


def seconds_of_a_call(posterior, u, repeats=20):
    """Median of one value, and of one value with gradient, compiled."""
    import jax

    def median(function):
        jax.block_until_ready(function(u))
        times = []
        for _ in range(repeats):
            began = time.perf_counter()
            jax.block_until_ready(function(u))
            times.append(time.perf_counter() - began)
        return float(np.median(times))

    return {"value_s": median(posterior), "gradient_s": median(posterior.value_and_gradient)}
