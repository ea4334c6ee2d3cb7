"""How each statistic is named and drawn."""

from typing import NamedTuple

import numpy as np


class Look(NamedTuple):
    """One statistic in titles, captions and on axes.

    Attributes:
        title: Of its figure.
        caption: What it is.
        symbol: In the mathematics of Matplotlib, without dollar signs.
        unit: Likewise, with brackets; empty for none.
        x: Symbol of what it is drawn against.
        x_unit: Its unit.
        by_kind: The symbol of one of several kinds, with a place for its number.
        power: Of the separation, by which values are multiplied on a linear axis; None draws
            them on a logarithmic one.
    """

    title: str
    caption: str
    symbol: str
    unit: str
    x: str
    x_unit: str = r"[h^{-1}\,{\rm Mpc}]"
    by_kind: str = ""
    power: int | None = None

    @property
    def x_label(self) -> str:
        """Of the horizontal axis."""
        return rf"${self.x}\ \ {self.x_unit}$"

    @property
    def y_label(self) -> str:
        """Of the vertical axis."""
        scaled = "" if self.power is None else rf"{self.x}^{self.power}\,"
        return rf"${scaled}{self.symbol}$" if not self.unit else self._with_unit(scaled)

    def symbol_of(self, kind: int | None) -> str:
        """The symbol of one kind, or of the statistic where it has none."""
        return self.symbol if kind is None else self.by_kind.format(kind)

    def scaled(self, values: np.ndarray, separation: np.ndarray) -> np.ndarray:
        """Values as they are drawn."""
        return values if self.power is None else values * separation**self.power

    def _with_unit(self, scaled: str) -> str:
        return rf"${scaled}{self.symbol}\ \ {self.unit}$"


LOOKS = {
    "n": Look(
        "Number densities",
        "Galaxies by volume, in bins of stellar mass and above thresholds",
        "n",
        r"[h^3\,{\rm Mpc}^{-3}]",
        r"\log_{10}\, M_*",
        r"[M_\odot]",
    ),
    "wp": Look(
        "Projected clustering",
        "Excess of galaxy pairs by projected separation",
        r"w_{\rm p}",
        r"[h^{-1}\,{\rm Mpc}]",
        r"r_{\rm p}",
    ),
    "delta_sigma": Look(
        "Galaxy–galaxy lensing",
        "Excess surface density of matter around galaxies by projected distance",
        r"\Delta\Sigma",
        r"[h\,M_\odot\,{\rm pc}^{-2}]",
        "R",
    ),
    "xi": Look("Clustering in real space", "Excess of galaxy pairs by distance", r"\xi", "", "r"),
    "multipoles": Look(
        "Clustering in redshift space",
        "Multipoles of the excess of galaxy pairs by distance, with galaxies where their redshift "
        "puts them",
        r"\xi_\ell",
        r"[h^{-2}\,{\rm Mpc}^2]",
        "s",
        by_kind=r"\xi_{{{}}}",
        power=2,
    ),
}
"""By the name of the statistic."""
