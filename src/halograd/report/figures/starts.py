"""Fits from several starts, and the minima they ended in."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from halograd.inference import FitResult, distinct_minima
from halograd.report import style

_FLOOR = 1e-2  # of Δχ²: nothing below matters


@style.styled
def starts_figure(ends: Sequence[FitResult]) -> Figure:
    """χ² above the lowest found against the step, coloured by the minimum it ended in.

    Args:
        ends: Fits of the same data by one method, two or more.
    """
    figure = style.new_figure(style.WIDTH, 4.2)
    axes = figure.subplots()
    lowest = min(result.minimised for result in ends)
    minima = distinct_minima(ends)
    place = {i: k for k, minimum in enumerate(minima) for i in minimum.members}
    for i in sorted(range(len(ends)), key=lambda i: place.get(i, len(minima))):
        path = np.minimum.accumulate([step.chi2 for step in ends[i].steps]) - lowest
        look = _look(place.get(i))
        axes.plot(np.maximum(path, _FLOOR), **look, linewidth=1.4, alpha=0.85)
        axes.plot(len(path) - 1, max(path[-1], _FLOOR), "o", color=look["color"], markersize=6)
    for k, minimum in enumerate(minima):
        above = minimum.result.minimised - lowest
        label = rf"$\Delta\chi^2 = {above:.1f}$: {len(minimum.members)} of {len(ends)}"
        axes.plot([], [], "o-", **_look(k), label=label)
    if len(place) < len(ends):
        label = f"not converged: {len(ends) - len(place)} of {len(ends)}"
        axes.plot([], [], "o-", **_look(None), label=label)
    axes.axhline(1, color=style.GREY, linewidth=0.9, linestyle=(0, (1, 2)))
    axes.set(yscale="log", xlabel="step", ylabel=r"lowest $\chi^2-\chi^2_{\rm min}$ so far")
    style.whole_numbers(axes)
    axes.legend(loc="upper right")
    return figure


def _look(place: int | None) -> dict[str, str]:
    if place is None:
        return {"color": style.GREY}
    return {"color": style.CATEGORIES[place % len(style.CATEGORIES)]}
