"""Which cases a run measures."""

from itertools import product

from benchmarks.pairs.case import Case

SIZES = (10_000, 30_000, 100_000, 200_000, 1_000_000)
SAMPLES = (1, 2, 3, 4)
ALL_SAMPLES_UP_TO = 200_000  # above, one and three samples tell enough for their time


def cases(sizes, samples, threads):
    """All cases of each size in the order they are measured.

    With fewer threads than the most asked for, only what the thread speed-up needs.

    Args:
        sizes: Numbers of points.
        samples: Numbers of weight columns.
        threads: Numbers of threads.

    Returns:
        {n: [Case, ...]}, sizes ascending.
    """
    sizes, most = sorted(sizes), max(threads)
    found = {n: [] for n in sizes}
    for n, count in product(sizes, sorted(threads)):
        found[n] += _full(n, samples, count) if count == most else _speed_up(n, samples, count)
    found[sizes[-1]] += _memory(sizes[-1], samples, most)
    return found


def _speed_up(n, samples, threads):
    return [
        Case("halograd", n, "gradient", samples=min(samples), threads=threads, memory="keep"),
        Case("Corrfunc", n, "value", samples=0, threads=threads),
    ]


def _full(n, samples, threads):
    return [*_ours(n, samples, threads), *_peers(n, threads)]


def _ours(n, samples, threads):
    chosen = [s for s in samples if n <= ALL_SAMPLES_UP_TO or s in {1, 3} or len(samples) == 1]
    ours = [Case("halograd", n, "prepare", samples=0, threads=threads)]
    for count in chosen:
        ours.append(Case("halograd", n, "value", samples=count, threads=threads))
        for memory in ("keep", "recompute"):
            ours.append(
                Case("halograd", n, "gradient", samples=count, threads=threads, memory=memory)
            )
    for statistic in ("rppi", "multipoles"):
        ours.append(Case("halograd", n, "gradient", statistic, samples=1, threads=threads))
    ours.append(Case("halograd", n, "jacobian", threads=threads))
    return ours


def _peers(n, threads):
    return [
        *(
            Case("Corrfunc", n, "value", statistic, samples=samples, threads=threads)
            for statistic, samples in product(("projected", "rppi"), (0, 1))
        ),
        Case("Corrfunc", n, "value", "multipoles", samples=0, threads=threads),
        Case("halotools", n, "value", samples=0, threads=threads),
        Case("shamnet", n, "jacobian", threads=threads),
    ]


def _memory(n, samples, threads):
    chosen = sorted({1, 3} & set(samples)) or [min(samples)]
    return [
        *(
            Case(
                "halograd",
                n,
                "gradient",
                samples=count,
                threads=threads,
                memory=memory,
                measure="memory",
            )
            for count, memory in product(chosen, ("keep", "recompute"))
        ),
        Case("Corrfunc", n, "value", samples=0, threads=threads, measure="memory"),
    ]
