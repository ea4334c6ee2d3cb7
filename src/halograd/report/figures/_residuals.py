"""The panel below a figure that shows what is left, in units of the error."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from halograd.report import style

_TALLEST = 8.0  # sigma: beyond, an arrow


def draw_residual_frame(axes: Axes, label: str = r"$\Delta/\sigma$") -> None:
    """Bands of one and two sigma about zero."""
    axes.axhspan(-2, 2, color=style.LIGHT, alpha=0.35, linewidth=0)
    axes.axhspan(-1, 1, color=style.LIGHT, alpha=0.75, linewidth=0)
    axes.axhline(0, color=style.GREY, linewidth=0.9)
    axes.set_ylabel(label)


def draw_residual_points(
    axes: Axes, x: np.ndarray, pull: np.ndarray, *, color: object, marker: str
) -> None:
    """Residuals as points; one beyond the panel becomes an arrow at its edge."""
    outside = np.abs(pull) > _TALLEST
    axes.errorbar(
        x[~outside], pull[~outside], 1, fmt=marker, color=color, markersize=4.5, elinewidth=1.1
    )
    for sign, arrow in ((1, "$↑$"), (-1, "$↓$")):
        chosen = outside & (np.sign(pull) == sign)
        height = np.full(chosen.sum(), sign * (_TALLEST - 0.6))
        axes.plot(x[chosen], height, linestyle="", marker=arrow, markersize=8, color=color)


def finish_residuals(axes: Axes, pulls: list[np.ndarray]) -> None:
    """Symmetric limits that hold every point."""
    inside = [pull[np.abs(pull) <= _TALLEST] for pull in pulls]
    tallest = max((np.abs(pull).max(initial=0.0) for pull in inside), default=0.0)
    beyond = any((np.abs(pull) > _TALLEST).any() for pull in pulls)
    limit = _TALLEST if beyond else max(3.2, tallest + 1.4)
    axes.set_ylim(-limit, limit)
    ticks = MaxNLocator(4, steps=[1, 2, 5, 10], integer=True).tick_values(-limit, limit)
    axes.set_yticks(ticks[np.abs(ticks) < 0.9 * limit])  # the panel above has labels at its foot
