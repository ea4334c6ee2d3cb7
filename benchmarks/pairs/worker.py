"""The child process in which one code is measured: requests on stdin, replies on stdout.

python -m benchmarks.pairs.worker CODE N THREADS BACKEND
"""

import dataclasses
import json
import os
import sys
import time

# before any package that sizes its pool of threads on import
if __name__ == "__main__" and hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: int(sys.argv[3])])

import numpy as np

from benchmarks.pairs import contenders, peak_memory
from benchmarks.pairs.cannot_do import CannotDo
from benchmarks.pairs.case import Case
from benchmarks.pairs.problem import make_problem

_TINY = 5_000


class Worker:
    """One code at one size, which keeps what it prepared between requests."""

    def __init__(self, code, n, threads, backend):
        self.code = contenders.load(code)
        self.options = threads, backend
        self.contender = self.code(make_problem(n), *self.options)
        self.tasks = {}

    def answer(self, case):
        return self.memory(case) if case.measure == "memory" else self.seconds(case)

    def seconds(self, case):
        if case not in self.tasks:
            self.tasks[case] = self.contender.task(case)
            if case.task == "prepare" or not self.contender.compiles_ahead:
                self._warm_up_on_tiny(case)
        began = time.perf_counter()
        result = self.tasks[case]()
        elapsed = time.perf_counter() - began
        return {"seconds": elapsed, **self._details(case, result)}

    def memory(self, case):
        """Peak beyond what the process held with its inputs and libraries in place."""
        self._warm_up_on_tiny(case)
        reset = peak_memory.forget_peak()
        before = peak_memory.peak_bytes()
        result = self.contender.task(case)()
        problem = self.contender.problem
        weights = len(problem.positions) * case.samples * 4
        residual = getattr(self.contender, "residual_bytes", lambda case: 0)(case)
        return {
            "bytes": peak_memory.peak_bytes() - before,
            "baseline_is_exact": reset,
            "input_bytes": problem.input_bytes + weights,
            "residual_bytes": residual,
            **self._details(case, result),
        }

    def _warm_up_on_tiny(self, case):
        tiny = self.code(_tiny(self.contender.problem), *self.options)
        tiny.task(case)()

    def _details(self, case, result):
        details = {"version": self.contender.version()}
        if isinstance(result, np.ndarray):
            details["result"] = np.asarray(result, np.float64).ravel().tolist()
        if hasattr(self.contender, "backend_used"):
            details["backend"] = self.contender.backend_used(case)
        return details


def _tiny(problem):
    """A few of the points in the same box with the same bins."""
    every = max(1, len(problem.positions) // _TINY)
    return dataclasses.replace(problem, positions=problem.positions[::every])


def reply_to(worker, line):
    try:
        return worker.answer(Case(**json.loads(line)))
    except CannotDo as reason:
        return {"missing": str(reason)}
    except Exception as error:  # whatever a foreign code raises is a reason to report
        return {"missing": f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"}


def main():
    # Foreign C code writes to descriptor 1 as it pleases: it gets the error stream instead.
    replies = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    code, n, threads, backend = sys.argv[1:]
    try:
        worker = Worker(code, int(n), int(threads), backend)
    except ImportError as error:
        print(json.dumps({"missing": f"not installed ({error})"}), file=replies, flush=True)
        return
    print(json.dumps({"ready": True}), file=replies, flush=True)
    for line in sys.stdin:
        print(json.dumps(reply_to(worker, line)), file=replies, flush=True)


if __name__ == "__main__":
    main()
