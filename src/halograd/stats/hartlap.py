"""The inverse of a covariance estimated from few realisations."""

from halograd import _checks
from halograd.errors import HalogradError


def hartlap(n_realisation: int, n_data: int) -> float:
    """Factor that makes the inverse of an estimated covariance unbiased,

    (n_realisation - n_data - 2) / (n_realisation - 1), for independent Gaussian realisations
    (Hartlap, Simon & Schneider 2007, A&A 464, 399, eq. 17). Jackknife regions are not
    independent, so for them it is only a guide.

    Args:
        n_realisation: Realisations, or jackknife regions, the covariance was estimated from.
        n_data: Length of the data vector.

    Raises:
        HalogradError: Where n_realisation <= n_data + 2, so that no unbiased inverse exists.
    """
    n_data, n_realisation = _checks.counts(n_data=n_data, n_realisation=n_realisation)
    if n_data < 1 or n_realisation <= n_data + 2:
        raise HalogradError(
            f"a covariance of {n_data} numbers from {n_realisation} realisations has no unbiased "
            f"inverse: it takes at least 1 number and n_data + 3 = {n_data + 3} realisations; use "
            "more jackknife regions or fewer bins"
        )
    return (n_realisation - n_data - 2) / (n_realisation - 1)
