"""Down to which mass a catalogue holds all halos, as far as its counts tell."""

import numpy as np
from numpy.typing import ArrayLike

_STEP = 0.1  # dex
_SIGNIFICANT = 5.0  # standard deviations


def turnover_mass(log_mass: ArrayLike) -> float | None:
    """Where the mass function turns over: the mass at which halos per dex are most numerous.

    In a complete catalogue halos grow more numerous towards the lightest. Where they do not, by
    five standard deviations of a Poisson count, light halos are missing: those below the turnover
    surely, those a little above it probably.

    Args:
        log_mass: (n_halo,), log10 Msun/h.

    Returns:
        log10 Msun/h, to a tenth of a dex; None where the counts rise to the lightest halo.
    """
    values = np.asarray(log_mass, np.float64)
    if values.size == 0 or np.ptp(values) < 2 * _STEP:
        return None
    # the bins begin at the lightest halo: a bin that it fills in part would look incomplete
    edges = np.arange(values.min(), values.max() + _STEP, _STEP)
    counts = np.histogram(values, edges)[0]
    peak = int(np.argmax(counts))
    missing = peak * counts[peak] - counts[:peak].sum()
    if missing <= _SIGNIFICANT * np.sqrt(max(peak * counts[peak], 1)):
        return None
    return float(edges[peak] + _STEP / 2)
