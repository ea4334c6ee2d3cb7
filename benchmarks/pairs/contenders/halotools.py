"""halotools (Hearin et al. 2017): its pair counter `npairs_xy_z`, the engine of its `wp`."""

import numpy as np
from halotools import __version__
from halotools.mock_observables.pair_counters import npairs_xy_z

from benchmarks.pairs.cannot_do import CannotDo


class Contender:
    compiles_ahead = False

    def __init__(self, problem, threads, backend):
        self.problem, self.threads = problem, threads

    def version(self):
        return __version__

    def task(self, case):
        if (case.task, case.statistic, case.samples) != ("value", "projected", 0):
            raise CannotDo("halotools is measured on unweighted projected counts only")
        problem = self.problem
        if max(problem.rp_edges[-1], problem.pi_max) > problem.boxsize / 3:
            raise CannotDo("halotools refuses separations beyond a third of the box")
        return self._count

    def _count(self):
        problem, points = self.problem, self.problem.positions
        cumulative = npairs_xy_z(
            points,
            points,
            problem.rp_edges,
            np.array([0.0, problem.pi_max]),
            period=problem.boxsize,
            num_threads=self.threads,
        )
        return np.diff(cumulative[:, 1]).astype(np.float64)
