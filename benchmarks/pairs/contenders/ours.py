"""halograd."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

import halograd
from benchmarks.pairs.cannot_do import CannotDo
from halograd import pairs as engine
from halograd import stats


class Contender:
    """Making a task compiles it, so that no call has to be spent on that."""

    compiles_ahead = True

    def __init__(self, problem, threads, backend):
        self.problem, self.threads, self.backend = problem, threads, backend
        self._made = {}

    def version(self):
        return f"{halograd.__version__} (jax {jax.__version__})"

    def task(self, case):
        if case.task == "prepare":
            return lambda: self._prepared(case)
        pairs = self.pairs(case)
        if case.task == "jacobian":
            return self._jacobian(pairs)
        weights = jnp.asarray(self.problem.weights(case.samples))
        function = {"value": _value, "gradient": _value_and_gradient}[case.task]
        run = eqx.filter_jit(function).lower(pairs, weights).compile()
        return lambda: np.asarray(jax.block_until_ready(run(pairs, weights))[0])[0]

    def pairs(self, case):
        key = case.statistic, case.memory
        if key not in self._made:
            self._made[key] = self._prepared(case)
        return self._made[key]

    def _prepared(self, case):
        problem = self.problem
        name, depth = {
            "projected": ("ProjectedPairs", problem.pi_max),
            "rppi": ("RpPiPairs", problem.pi_edges),
            "multipoles": ("MultipolePairs", (0, 2, 4)),
        }[case.statistic]
        if not hasattr(engine, name):
            raise CannotDo(f"halograd.pairs has no {name}")
        options = {"backend": self.backend, "memory": case.memory, "threads": self.threads}
        make = getattr(engine, name)
        return make(problem.positions, problem.boxsize, problem.rp_edges, depth, **options)

    def _jacobian(self, pairs):
        mean, scatter, mean_slope, scatter_slope = map(jnp.asarray, self.problem.relation())
        edges = self.problem.mass_edges

        def wp(shift, pairs, mean, scatter, mean_slope, scatter_slope):
            weights = stats.sample_weights(
                mean + shift @ mean_slope, scatter + shift @ scatter_slope, edges
            )
            value = stats.wp(weights, pairs)[0]
            return value, value

        inputs = jnp.zeros(len(mean_slope)), pairs, mean, scatter, mean_slope, scatter_slope
        run = eqx.filter_jit(jax.jacfwd(wp, has_aux=True)).lower(*inputs).compile()

        def both():
            slopes, value = run(*inputs)
            return np.concatenate([np.asarray(value)[:, None], np.asarray(slopes)], axis=1)

        return both

    def backend_used(self, case):
        return self.pairs(case).backend

    def residual_bytes(self, case):
        """What is kept between value and gradient: S_i for every point, sample and bin."""
        if case.task != "gradient" or case.memory == "recompute":
            return 0
        return len(self.problem.positions) * case.samples * (len(self.problem.rp_edges) - 1) * 4


def _value(pairs, weights):
    return (pairs(weights),)


def _value_and_gradient(pairs, weights):
    counts, pull_back = jax.vjp(pairs, weights)
    return counts, pull_back(jnp.ones_like(counts))
