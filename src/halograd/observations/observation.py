"""One published measurement, in the units used here."""

from dataclasses import dataclass

import numpy as np

Samples = tuple[tuple[float, float], ...]

UNITS = {"n": "(Mpc/h)^-3", "wp": "Mpc/h", "delta_sigma": "h Msun/pc^2"}
"""The unit of the values of each statistic."""


@dataclass(frozen=True, eq=False)
class Observation:
    """n, wp or ΔΣ of several samples of galaxies, as a paper measured it.

    Attributes:
        name: As `observations.names` lists it.
        statistic: "n", "wp" or "delta_sigma".
        title: What was measured, in one line.
        samples: Limits in log10 Msun for the `h` below; the upper may be inf.
        published_samples: The same limits as the paper prints them.
        values: (n_sample, n_bin), in `UNITS[statistic]`; n has one bin, and is the density of the
            whole sample, not per dex.
        errors: (n_sample, n_bin), one standard deviation; the mean of the upper and the lower one
            where the paper gives two.
        covariance: (n_sample n_bin, n_sample n_bin), sample by sample, or None.
        separations: (n_bin,) comoving Mpc/h, as printed; None for n.
        edges: (n_bin + 1,) comoving Mpc/h; None for n.
        pi_max: Depth of wp, comoving Mpc/h, or None.
        h: H0 / (100 km/s/Mpc) for which the stellar masses hold.
        redshift: Least and largest, or None where not known.
        imf: Initial mass function of the stellar masses.
        stellar_mass: How stellar masses were estimated.
        survey: Where the galaxies are from.
        reference: The paper and the table in it.
        arxiv: Its number.
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
        """Of the values, errors and, squared, of the covariance."""
        return UNITS[self.statistic]

    @property
    def citation(self) -> str:
        """The reference with its arXiv number."""
        return f"{self.reference} (arXiv:{self.arxiv})"
