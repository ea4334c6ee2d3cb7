"""One published measurement, in the units used here, and its conventions: h and bin edges."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from halograd import _checks
from halograd.errors import DataError, HalogradError
from halograd.registries import STATISTICS

Samples = tuple[tuple[float, float], ...]


@dataclass(frozen=True, eq=False)
class Observation:
    """A statistic of several samples of galaxies, as a paper measured it.

    Attributes:
        name: Name, one of `observations.names()`.
        statistic: Name of the statistic, such as "n", "wp" or "delta_sigma".
        title: What was measured, in one line.
        samples: Limits in log10 Msun for the `h` below; the upper may be inf.
        published_samples: Limits of the samples as the paper prints them.
        values: (n_sample, n_bin), in `unit`; n has one bin, and is the density of the
            whole sample, not per dex.
        errors: (n_sample, n_bin), one standard deviation; the mean of the upper and the lower one
            where the paper gives two.
        covariance: (n_sample n_bin, n_sample n_bin), sample by sample, or None.
        separations: (n_bin,) comoving Mpc/h, as printed; None for n.
        edges: (n_bin + 1,) comoving Mpc/h; None for n.
        pi_max: Depth of wp, comoving Mpc/h, or None.
        h: H0 / (100 km/s/Mpc) for which the stellar masses hold.
        redshift: Least and largest redshift, or None where not known.
        imf: Initial mass function of the stellar masses.
        stellar_mass: How stellar masses were estimated.
        survey: Survey that the galaxies are from.
        reference: The paper and the table in it.
        arxiv: Number of the paper on arXiv.
        notes: What a user must know: how edges and errors came about.
    """

    name: str
    statistic: str
    title: str
    samples: Samples
    published_samples: Samples
    values: np.ndarray
    errors: np.ndarray
    covariance: np.ndarray | None
    separations: np.ndarray | None
    edges: np.ndarray | None
    pi_max: float | None
    h: float
    redshift: tuple[float, float] | None
    imf: str
    stellar_mass: str
    survey: str
    reference: str
    arxiv: str
    notes: tuple[str, ...]

    @property
    def unit(self) -> str:
        """Unit of the values and errors; that of the covariance is its square."""
        from halograd.statistics.statistic import UNITS

        return UNITS[STATISTICS[self.statistic].unit]

    @property
    def citation(self) -> str:
        """The reference with its arXiv number."""
        return f"{self.reference} (arXiv:{self.arxiv})"


def hubble_parameter(h: float) -> float:
    """The Hubble parameter h = H0 / (100 km/s/Mpc), refused unless it lies between 0.1 and 10.

    Raises:
        DataError: For a value outside, such as H0 in km/s/Mpc.
    """
    value = float(_checks.finite("h", h, DataError))
    if not 0.1 < value < 10:
        raise DataError(f"h is H0 / (100 km/s/Mpc), such as 0.7; got {value:g}")
    return value


def midpoint_edges(centres: ArrayLike) -> np.ndarray:
    """Edges half way between `centres` in the logarithm, the outer bins symmetric. (n + 1,)

    Raises:
        HalogradError: For fewer than two centres, or centres not positive and increasing.
    """
    centres = _checks.increasing_edges("separations", centres, HalogradError)
    if centres[0] <= 0:
        raise HalogradError(f"separations must be positive, got {centres[0]:g}")
    middle = np.sqrt(centres[1:] * centres[:-1])
    return np.concatenate([centres[:1] ** 2 / middle[:1], middle, centres[-1:] ** 2 / middle[-1:]])
