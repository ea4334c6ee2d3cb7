"""The published code of Hearin et al. 2021 (arXiv:2112.08423), PyPI `shamnet`: wp and its
derivatives in model parameters, by 1 + 2 n_parameter weighted pair counts."""

import os
from importlib.metadata import version
from types import SimpleNamespace

import numpy as np
from shamnet import diff_stats

from benchmarks.pairs.cannot_do import CannotDo


class Contender:
    compiles_ahead = False

    def __init__(self, problem, threads, backend):
        self.problem = problem
        # The number of threads is not an argument there: it is read from an environment
        # variable, but as text, which Corrfunc refuses, or else is the number of cores.
        os.environ.pop("OMP_NUM_THREADS", None)
        diff_stats.multiprocessing = SimpleNamespace(cpu_count=lambda: threads)

    def version(self):
        return version("shamnet")

    def task(self, case):
        if case.task != "jacobian":
            raise CannotDo("shamnet is measured on wp with its derivatives only")
        problem = self.problem
        mean, scatter, mean_slope, scatter_slope = problem.relation()
        axes = np.ascontiguousarray(problem.positions.T)

        def wp_and_slopes():
            wp, slopes = diff_stats.triweighted_kernel_wprp_with_derivs(
                mean,
                mean_slope,
                scatter,
                scatter_slope,
                *axes,
                problem.pi_max,
                problem.boxsize,
                problem.rp_edges,
                problem.mass_edges,
            )
            return np.concatenate([wp[0][:, None], slopes[0]], axis=1)

        return wp_and_slopes
