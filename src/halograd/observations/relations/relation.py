"""What a published stellar-to-halo mass relation says, and under which conventions."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from halograd import _checks
from halograd.errors import DataError


@dataclass(frozen=True)
class Relation:
    """A mean or median stellar mass at given halo mass.

    Powers of h are converted, which is exact; mass definitions and the average that a paper fits
    are not: they are named here, and differ between papers by more than h does.

    Attributes:
        name: Name, one of `relations.names()`.
        label: Short name for a legend.
        galaxies: The average that the relation gives, and of which galaxies.
        mass_definition: Definition of the halo mass.
        h: H0 / (100 km/s/Mpc) of the paper, which has masses free of h.
        imf: Initial mass function of the stellar masses.
        redshift: Redshifts at which the numbers hold: one, or least and largest.
        log_mass_range: log10 of halo masses in Msun/h that are supported.
        range_source: Source of this range.
        reference: The paper, and the table and equations in it.
        arxiv: Number of the paper on arXiv.
        equation: log10 M* [Msun] at log10 M [Msun], both for `h`.
        mstar_h: H0 / (100 km/s/Mpc) for which `log_mstar` gives stellar masses; `h` where None.
    """

    name: str
    label: str
    galaxies: str
    mass_definition: str
    h: float
    imf: str
    redshift: tuple[float, ...]
    log_mass_range: tuple[float, float]
    range_source: str
    reference: str
    arxiv: str
    equation: Callable[[np.ndarray], np.ndarray]
    mstar_h: float | None = None

    @property
    def citation(self) -> str:
        """The reference with its arXiv number."""
        return f"{self.reference} (arXiv:{self.arxiv})"

    def log_mstar(self, log_mpeak: ArrayLike) -> np.ndarray:
        """Stellar mass, log10 Msun; NaN outside `log_mass_range`.

        Args:
            log_mpeak: log10 of halo masses in Msun/h, any shape. The masses of the paper stand
                in the place of the peak mass: see `mass_definition`.

        Returns:
            The shape of `log_mpeak`, float64.

        Raises:
            DataError: For masses that are not finite.
        """
        log_mass = _checks.finite("log_mpeak", log_mpeak, DataError)
        low, high = self.log_mass_range
        inside = (log_mass >= low) & (log_mass <= high)
        supported = np.clip(log_mass, low, high)
        shift = 2 * np.log10(self.h / (self.mstar_h or self.h))
        return np.where(inside, self.equation(supported - np.log10(self.h)) + shift, np.nan)


def in_msun_over_h(log_mass: tuple[float, float], h: float) -> tuple[float, float]:
    """A range of log10 masses in Msun turned to Msun/h, rounded inwards to 0.01 dex."""
    low, high = (100 * (limit + np.log10(h)) for limit in log_mass)
    return float(np.ceil(low) / 100), float(np.floor(high) / 100)
