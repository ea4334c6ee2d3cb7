"""Corrfunc (Sinha & Garrison 2020), in float32: `theory.wp`, `DDrppi` and `DDsmu`."""

import Corrfunc
import numpy as np
from Corrfunc.theory import DDrppi, DDsmu, wp

from benchmarks.pairs.cannot_do import CannotDo


class Contender:
    compiles_ahead = False

    def __init__(self, problem, threads, backend):
        self.problem, self.threads = problem, threads
        self.axes = problem.positions.T.astype(np.float32, order="C")

    def version(self):
        return Corrfunc.__version__

    def task(self, case):
        if case.task != "value" or case.samples > 1:
            raise CannotDo("Corrfunc counts pairs of one set of weights, without gradients")
        count = {
            "projected": self._projected,
            "rppi": self._rp_pi,
            "multipoles": self._s_mu,
        }[case.statistic]
        weights = self.problem.weights(1)[:, 0].copy() if case.samples else None
        return lambda: _weighed(count(weights))

    def _projected(self, weights):
        options = {} if weights is None else {"weights": weights, "weight_type": "pair_product"}
        problem = self.problem
        return wp(
            problem.boxsize, problem.pi_max, self.threads, problem.rp_edges, *self.axes, **options
        )

    def _rp_pi(self, weights):
        options = {} if weights is None else {"weights1": weights, "weight_type": "pair_product"}
        problem = self.problem
        return DDrppi(
            True,
            self.threads,
            problem.pi_max,
            problem.rp_edges,
            *self.axes,
            boxsize=problem.boxsize,
            **options,
        )

    def _s_mu(self, weights):
        if weights is not None:
            raise CannotDo("DDsmu is measured with unit weights")
        problem, axes = self.problem, self.axes
        return DDsmu(True, self.threads, problem.rp_edges, 1.0, 40, *axes, boxsize=problem.boxsize)


def _weighed(counted):
    if counted["weightavg"].any():
        return counted["npairs"] * counted["weightavg"].astype(np.float64)
    return counted["npairs"].astype(np.float64)
