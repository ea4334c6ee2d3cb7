"""Parts of a data vector: statistics, and ranges of mass and scale."""

import numpy as np

from halograd.errors import DataError
from halograd.inference.observables import Observables

Range = tuple[float, float]
EVERYTHING: Range = (-np.inf, np.inf)


def select(
    observables: Observables,
    *,
    n: Range | None = None,
    wp: Range | None = None,
    delta_sigma: Range | None = None,
) -> np.ndarray:
    """Which numbers lie in the given ranges; a statistic without a range is left out.

    Args:
        observables: The layout.
        n: [low, high] in log10 M* (Msun): samples within, thresholds by their lower edge.
        wp: [low, high] in Mpc/h: bins whose geometric middle lies within.
        delta_sigma: The same.

    Returns:
        (n_data,), True for the numbers that are kept.

    Raises:
        DataError: For a range whose ends do not increase.
    """
    for name, limits in (("n", n), ("wp", wp), ("delta_sigma", delta_sigma)):
        if limits is not None and not limits[0] < limits[1]:
            raise DataError(f"the range of {name} needs low < high, got {list(limits)}")
    samples = [_sample_within(sample, n) for sample in observables.n]
    bins = [
        np.tile(_within(centres, limits), len(measured))
        for centres, limits, measured in (
            (observables.rp, wp, observables.wp),
            (observables.r, delta_sigma, observables.delta_sigma),
        )
    ]
    return np.concatenate([np.array(samples, bool), *bins])


def scales(observables: Observables) -> np.ndarray:
    """The middle of the bin of each number, Mpc/h; inf for n. (n_data,)"""
    return np.concatenate(
        [
            np.full(len(observables.n), np.inf),
            np.tile(observables.rp, len(observables.wp)),
            np.tile(observables.r, len(observables.delta_sigma)),
        ]
    )


def _within(values: np.ndarray, limits: Range | None) -> np.ndarray:
    if limits is None:
        return np.zeros(len(values), bool)
    return (values >= limits[0]) & (values <= limits[1])


def _sample_within(sample: tuple[float, float], limits: Range | None) -> bool:
    if limits is None:
        return False
    low, high = sample
    ends_below = high <= limits[1] if np.isfinite(high) else low < limits[1]
    return low >= limits[0] and ends_below
