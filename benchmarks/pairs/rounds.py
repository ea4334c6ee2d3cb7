"""Measuring the cases of one size in turn, so that whatever else the machine does hits all."""

import dataclasses

from benchmarks.pairs.cannot_do import CannotDo
from benchmarks.pairs.child import Child

_PATIENCE = 4  # limits, compilation included, after which a turn is given up


class Rounds:
    """Repeated turns through the cases of one size, each code in a process of its own.

    Args:
        results: Where finished measurements go, and where earlier sizes are found.
        repeats: Times each case is measured; the median counts.
        limit: Seconds one repetition may be expected to take; what would take longer is
            reported as missing.
        pythons: {code: interpreter}.
        backend: halograd's.
        advance: Called with a case after each of its turns.
    """

    def __init__(self, results, *, repeats, limit, pythons, backend, advance):
        self.results, self.repeats, self.limit = results, repeats, limit
        self.pythons, self.backend, self.advance = pythons, backend, advance
        self.children = {}

    def measure(self, cases):
        todo = [case for case in cases if case not in self.results]
        timed = [case for case in todo if case.measure == "seconds"]
        try:
            self._measure_times([case for case in timed if self._affordable(case)])
        finally:
            self._close()
        for case in todo:
            if case.measure == "memory":
                self._measure_memory(case)

    def _measure_times(self, cases):
        replies = {case: [] for case in cases}
        for _ in range(self.repeats):
            for case in list(replies):
                try:
                    replies[case].append(self._ask(self._child(case), case))
                except CannotDo as reason:
                    del replies[case]
                    self.results.add_missing(case, str(reason))
                self.advance(case)
                if self._finished(replies.get(case, ())):
                    self.results.add_times(case, replies.pop(case))

    def _finished(self, replies):
        """Enough turns, or the last one took longer than another is worth."""
        return replies and (len(replies) == self.repeats or replies[-1]["seconds"] > self.limit)

    def _measure_memory(self, case):
        child = self._start(case)
        try:
            self.results.add_memory(case, self._ask(child, case))
        except CannotDo as reason:
            self.results.add_missing(case, str(reason))
        finally:
            child.close()
        self.advance(case)

    def _affordable(self, case):
        """Whether a turn fits the limit, going by the largest smaller size."""
        smaller = [
            (other.n, record["seconds"])
            for other, record in self.results.cases()
            if "seconds" in record and other.n < case.n and _same_but_size(other, case)
        ]
        if not smaller:
            return True
        n, seconds = max(smaller)
        expected = seconds * case.n / n
        if expected > self.limit:
            self.results.add_missing(
                case, f"not run: about {expected:.0f} s expected, the limit is {self.limit:g} s"
            )
        return expected <= self.limit

    def _ask(self, child, case):
        return child.ask(case, timeout=_PATIENCE * self.limit)

    def _child(self, case):
        key = case.code, case.threads
        if key not in self.children:
            self.children[key] = self._start(case)
        return self.children[key]

    def _start(self, case):
        return Child(self.pythons[case.code], case.code, case.n, case.threads, self.backend)

    def _close(self):
        for child in self.children.values():
            child.close()
        self.children = {}


def _same_but_size(first, second):
    return dataclasses.replace(first, n=second.n) == second
