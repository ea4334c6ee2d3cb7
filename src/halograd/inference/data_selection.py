"""Parts of a data vector: statistics, and ranges of mass and scale."""

import numpy as np

from halograd.errors import DataError
from halograd.inference.observables import Observables
from halograd.inference.statistics import Statistic

Range = tuple[float, float]
EVERYTHING: Range = (-np.inf, np.inf)


def select(
    observables: Observables,
    *,
    n: Range | None = None,
    wp: Range | None = None,
    delta_sigma: Range | None = None,
    xi: Range | None = None,
    multipoles: Range | None = None,
) -> np.ndarray:
    """Which numbers lie in the given ranges; a statistic without a range is left out.

    Args:
        observables: The layout.
        n: [low, high] in log10 M* (Msun): samples within, thresholds by their lower edge.
        wp: [low, high] in Mpc/h: bins whose geometric middle lies within.
        delta_sigma: The same.
        xi: The same.
        multipoles: The same, for every order.

    Returns:
        (n_data,), True for the numbers that are kept.

    Raises:
        DataError: For a range whose ends do not increase.
    """
    named = {"n": n, "wp": wp, "delta_sigma": delta_sigma, "xi": xi, "multipoles": multipoles}
    for name, limits in named.items():
        if limits is not None and not limits[0] < limits[1]:
            raise DataError(f"the range of {name} needs low < high, got {list(limits)}")
    return np.concatenate([_kept(s, named[s.name]) for s in observables.statistics])


def _kept(statistic: Statistic, limits: Range | None) -> np.ndarray:
    if limits is None:
        return np.zeros(statistic.size, bool)
    if not len(statistic.separation):
        return np.array([_sample_within(sample, limits) for sample in statistic.samples])
    return (statistic.scales >= limits[0]) & (statistic.scales <= limits[1])


def _sample_within(sample: tuple[float, float], limits: Range) -> bool:
    low, high = sample
    ends_below = high <= limits[1] if np.isfinite(high) else low < limits[1]
    return low >= limits[0] and ends_below
