"""How a statistic is named, and drawn on axes."""

from typing import NamedTuple

import numpy as np

from halograd.registries import STATISTICS


class Style(NamedTuple):
    """One statistic in titles, captions, tables and on axes.

    Attributes:
        title: Title of its figure.
        caption: What it is, in one line.
        text: Its symbol in plain text.
        symbol: Its symbol in the mathematics of Matplotlib, without dollar signs.
        unit: Its unit likewise, with brackets; empty for none.
        x: Symbol of what it is drawn against.
        x_unit: The unit of that.
        by_order: The symbol of one of several orders, with a place for its number.
        power: Power of the separation by which values are multiplied on a linear axis; None draws
            them on a logarithmic one.
    """

    title: str
    caption: str
    text: str
    symbol: str
    unit: str
    x: str
    x_unit: str = r"[h^{-1}\,{\rm Mpc}]"
    by_order: str = ""
    power: int | None = None

    @property
    def x_label(self) -> str:
        """Label of the horizontal axis."""
        return rf"${self.x}\ \ {self.x_unit}$"

    @property
    def y_label(self) -> str:
        """Label of the vertical axis."""
        scaled = "" if self.power is None else rf"{self.x}^{self.power}\,"
        unit = rf"\ \ {self.unit}" if self.unit else ""
        return rf"${scaled}{self.symbol}{unit}$"

    def symbol_of(self, order: int | None) -> str:
        """The symbol of one order, or of the statistic where it has none."""
        return self.symbol if order is None else self.by_order.format(order)

    def scaled(self, values: np.ndarray, separation: np.ndarray) -> np.ndarray:
        """Values as they are drawn."""
        return values if self.power is None else values * separation**self.power


def plain_symbol(name: str) -> str:
    """The symbol of a statistic in plain text, or `name` where no statistic is called so."""
    return STATISTICS[name].style.text if name in STATISTICS else name
