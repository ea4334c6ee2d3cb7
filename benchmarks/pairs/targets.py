"""The ratios that matter, each beside what halograd is to reach."""

from dataclasses import dataclass

import numpy as np

from benchmarks.pairs.case import Case

_MEGABYTE = 1e6


@dataclass(frozen=True)
class Target:
    """A ratio and its bound.

    Attributes:
        name: What is compared.
        bound: The value to reach.
        at_most: Whether smaller is better.
        n: The size the bound is meant for.
        aim: A better value still, where there is one.
    """

    name: str
    bound: float
    at_most: bool = True
    n: int = 1_000_000
    aim: float | None = None


UNWEIGHTED = Target("value + gradient / Corrfunc wp, unweighted value", 1.3, aim=1.0)
WEIGHTED = Target("value + gradient / Corrfunc wp, weighted value", 0.35)
RP_PI = Target("rp-pi value + gradient / Corrfunc DDrppi, weighted value", np.inf)
MULTIPOLES = Target("multipoles value + gradient / Corrfunc DDsmu, unweighted value", 1.0)
SHAMNET = Target("wp and 4 derivatives / the paper's code", 1 / 40, n=200_000)
SAMPLES = Target("value + gradient of 3 samples / of 1", 1.8)
RECOMPUTE = Target("value + gradient, recomputed / kept", np.inf)
PREPARATION = Target("preparation / value", 0.10)
THREADS = Target("speed-up from 1 to all threads", 1.8, at_most=False)
POINTS = Target("value + gradient of 10 times the points", 11.0)
# Beyond inputs and residual; allowed are 20 % of the inputs + 200 MB.
MEMORY = Target("extra memory / allowed", 1.0)


def lines(results, threads):
    """The summary of a run, one dict per ratio that was measured, at its largest usable size.

    Args:
        results: The Results of the run.
        threads: The numbers of threads asked for.

    Returns:
        [{name, value, n, bound, at_most, aim, target_n, met}, ...]; met is None where the ratio
        has no bound or could not be had at the size the bound is meant for.
    """
    ratios = _Ratios(results, max(threads))
    return [line for line in ratios.lines() if line is not None]


def pairs_per_second(results, threads):
    """Ordered pairs in the bins that halograd weighs per second, value and gradient.

    Returns:
        [(n, ordered pairs, pairs per second), ...], the pairs as Corrfunc counts them.
    """
    most, rates = max(threads), []
    for n in sorted({case.n for case, _ in results.cases()}):
        counted = results.find(_corrfunc(n, most)) or {}
        seconds = results.seconds(_gradient(n, most))
        if counted.get("result") and seconds:
            pairs = sum(counted["result"])
            rates.append((n, pairs, pairs / seconds))
    return rates


def _gradient(n, threads, samples=1, memory="keep"):
    return Case("halograd", n, "gradient", samples=samples, threads=threads, memory=memory)


def _corrfunc(n, threads, samples=0, statistic="projected"):
    return Case("Corrfunc", n, "value", statistic, samples=samples, threads=threads)


class _Ratios:
    def __init__(self, results, threads):
        self.results, self.threads = results, threads
        self.sizes = sorted({case.n for case, _ in results.cases()}, reverse=True)

    def lines(self):
        most = self.threads
        pairs_of_cases = (
            (UNWEIGHTED, lambda n: (_gradient(n, most), _corrfunc(n, most))),
            (WEIGHTED, lambda n: (_gradient(n, most), _corrfunc(n, most, 1))),
            (RP_PI, lambda n: (self._rp_pi(n), _corrfunc(n, most, 1, "rppi"))),
            (MULTIPOLES, lambda n: (self._multipoles(n), _corrfunc(n, most, 0, "multipoles"))),
            (SHAMNET, lambda n: (self._jacobian("halograd", n), self._jacobian("shamnet", n))),
            (SAMPLES, lambda n: (_gradient(n, most, 3), _gradient(n, most))),
            (RECOMPUTE, lambda n: (_gradient(n, most, memory="recompute"), _gradient(n, most))),
            (PREPARATION, lambda n: (self._ours(n, "prepare", 0), self._ours(n, "value", 1))),
            (POINTS, lambda n: (_gradient(n, most), _gradient(n // 10, most))),
        )
        yield from (self._line(target, pair) for target, pair in pairs_of_cases)
        if most > 1:
            yield self._line(THREADS, lambda n: (_gradient(n, 1), _gradient(n, most)))
        yield from self._memory()

    def _line(self, target, pair):
        for n in self._preferring(target.n):
            ratio = self.results.ratio(*pair(n))
            if ratio is not None:
                return _judged(target, ratio, n)
        return None

    def _memory(self):
        for case, record in self.results.cases():
            if case.code == "halograd" and "bytes" in record:
                beyond = record["bytes"] - record["residual_bytes"]
                allowed = 0.2 * record["input_bytes"] + 200 * _MEGABYTE
                name = f"{MEMORY.name}, samples {case.samples}, {case.memory}"
                yield {**_judged(MEMORY, beyond / allowed, case.n), "name": name}

    def _preferring(self, n):
        return sorted(self.sizes, key=lambda size: size != n)

    def _rp_pi(self, n):
        return Case("halograd", n, "gradient", "rppi", samples=1, threads=self.threads)

    def _multipoles(self, n):
        return Case("halograd", n, "gradient", "multipoles", samples=1, threads=self.threads)

    def _jacobian(self, code, n):
        return Case(code, n, "jacobian", threads=self.threads)

    def _ours(self, n, task, samples):
        return Case("halograd", n, task, samples=samples, threads=self.threads)


def _judged(target, value, n):
    bounded = np.isfinite(target.bound) and n == target.n
    within = value <= target.bound if target.at_most else value >= target.bound
    return {
        "name": target.name,
        "value": value,
        "n": n,
        "bound": target.bound if np.isfinite(target.bound) else None,
        "at_most": target.at_most,
        "aim": target.aim,
        "target_n": target.n,
        "met": bool(within) if bounded else None,
    }
