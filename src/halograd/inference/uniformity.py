"""Whether ranks are uniform: simultaneous bands of their empirical distribution, and χ²."""

from typing import NamedTuple

import numpy as np
from scipy import stats

_SIMULATIONS = 4000


class EcdfBand(NamedTuple):
    """Limits that hold the whole empirical distribution of uniform ranks, with some probability.

    Attributes:
        fractions: (n_rank + 1,), the uniform distribution after each rank.
        low: (n_rank + 1,), least empirical distribution within the band.
        high: (n_rank + 1,), greatest empirical distribution within the band.
    """

    fractions: np.ndarray
    low: np.ndarray
    high: np.ndarray


def ecdf(ranks: np.ndarray, n_rank: int) -> np.ndarray:
    """Fraction of ranks at or below each of 0 ... n_rank. (n_rank + 1,)"""
    return np.cumsum(np.bincount(ranks, minlength=n_rank + 1)) / len(ranks)


def ecdf_band(n: int, n_rank: int, level: float = 0.95, seed: int = 0) -> EcdfBand:
    """The band that holds the whole empirical distribution of n uniform ranks.

    Säilynoja, Bürkner & Vehtari 2022 (arXiv:2103.10522): pointwise binomial intervals of one
    and the same probability, chosen by simulation so that `level` of all samples stay inside
    everywhere.

    Args:
        n: Number of ranks in the sample.
        n_rank: Number of draws that each is counted among; ranks run from 0 to n_rank.
        level: Probability of staying inside.
        seed: Seed of the simulation.
    """
    smallest = np.quantile(_simulated(n, n_rank, seed), 1 - level)
    fractions = np.arange(1, n_rank + 2) / (n_rank + 1)
    low, high = (
        stats.binom.ppf(tail, n, fractions) / n for tail in (smallest / 2, 1 - smallest / 2)
    )
    return EcdfBand(fractions, low, high)


def ecdf_p_value(ranks: np.ndarray, n_rank: int, seed: int = 0) -> float:
    """Probability that uniform ranks stray as far from uniformity, anywhere along the ecdf."""
    counts = np.round(ecdf(ranks, n_rank) * len(ranks))[None]
    found = _extremes(counts, len(ranks), n_rank)[0]
    return float(np.mean(_simulated(len(ranks), n_rank, seed) <= found))


def chi2_p_value(ranks: np.ndarray, n_rank: int) -> float:
    """Probability of a larger χ² of the histogram of uniform ranks, in bins of 5 ranks or more.

    The number of bins is the largest divisor of n_rank + 1 that expects 5 ranks in each.
    """
    most = max(len(ranks) // 5, 1)
    n_bin = max(d for d in range(1, n_rank + 2) if (n_rank + 1) % d == 0 and d <= most)
    counts = np.bincount(ranks * n_bin // (n_rank + 1), minlength=n_bin)
    return float(stats.chisquare(counts).pvalue) if n_bin > 1 else 1.0


def _simulated(n: int, n_rank: int, seed: int) -> np.ndarray:
    """The most extreme pointwise probability of each of many uniform samples."""
    ranks = np.random.default_rng(seed).integers(0, n_rank + 1, (_SIMULATIONS, n))
    histogram = np.apply_along_axis(np.bincount, 1, ranks, minlength=n_rank + 1)
    return _extremes(np.cumsum(histogram, axis=1), n, n_rank)


def _extremes(counts: np.ndarray, n: int, n_rank: int) -> np.ndarray:
    """2 min over z of min(P(<= count), P(>= count)) for the ecdf at z. (n_sample,)"""
    fractions = np.arange(1, n_rank + 1) / (n_rank + 1)  # at the last one every ecdf is 1
    counts = counts[:, :-1]
    below, above = stats.binom.cdf(counts, n, fractions), stats.binom.sf(counts - 1, n, fractions)
    return 2 * np.minimum(below, above).min(axis=1)
