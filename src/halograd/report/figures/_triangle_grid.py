"""Panels for every pair of parameters."""

import numpy as np
from matplotlib.figure import Figure

from halograd.report import style

_LABELS, _ROW = 0.85, 0.32  # inches: left and below for labels, and above for a row of a legend


def triangle_grid(n: int, side: float, *, legend_rows: int = 0) -> tuple[Figure, np.ndarray]:
    """A square figure with n x n panels of one size, at equal distances.

    Laid out by hand: Matplotlib's layout spreads a grid with empty corners unevenly.

    Args:
        n: Parameters.
        side: Of the figure, inches.
        legend_rows: For which room is left above.
    """
    figure = style.new_figure(side, side)
    figure.set_layout_engine(None)
    grid = figure.subplots(n, n, squeeze=False)
    margin, top = _LABELS / side, 0.985 - _ROW * legend_rows / side
    figure.subplots_adjust(margin, margin, 0.985, top, wspace=0.06, hspace=0.06)
    return figure, grid
