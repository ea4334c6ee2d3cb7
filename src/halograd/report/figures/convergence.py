"""How fits come to their minimum, from one start or from several."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from halograd.inference import FitResult, distinct_minima
from halograd.models import Parameter
from halograd.models.parameters import Theta
from halograd.report import style

_FLOOR = 1e-3  # of Δχ²: nothing below matters
_LINEAR = 2.0  # sigma: pulls are drawn linearly up to here
_STARTS_FLOOR = 1e-2  # of Δχ²: nothing below matters


@style.styled
def convergence_figure(
    results: Sequence[FitResult],
    parameters: Sequence[Parameter],
    truth: Theta | None = None,
) -> Figure:
    """χ² above its minimum for each fit, and the parameters of the first one.

    Args:
        results: One or more fits of the same data.
        parameters: Parameters of the model, for labels.
        truth: Where the pulls are measured from; the best fit where None. Parameters without a
            finite error have no pull and are left out.
    """
    figure = style.new_figure(style.WIDTH, 6.0)
    grid = figure.subplot_mosaic([["steps", "seconds"], ["pulls", "pulls"]])
    _draw_chi2(grid["steps"], grid["seconds"], results)
    _draw_pulls(grid["pulls"], results[0], parameters, truth)
    handles, labels = grid["steps"].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=min(len(handles), 3))
    return figure


def _draw_chi2(by_step: Axes, by_seconds: Axes, results: Sequence[FitResult]) -> None:
    lowest = min(step.chi2 for result in results for step in result.steps)
    for i, result in enumerate(results):
        above = np.array([step.chi2 for step in result.steps]) - lowest
        look = {
            "color": style.CATEGORIES[i % len(style.CATEGORIES)],
            "marker": style.MARKERS[i % len(style.MARKERS)] if len(above) <= 40 else "",
            "markersize": 4,
            "linewidth": 1.5,
            "label": result.method + ("" if result.converged else " (not converged)"),
        }
        shown = np.maximum(above, _FLOOR)
        by_step.plot([step.step for step in result.steps], shown, **look)
        by_seconds.plot([step.seconds for step in result.steps], shown, **look)
    for axes in (by_step, by_seconds):
        axes.axhline(1, color=style.GREY, linewidth=0.9, linestyle=(0, (1, 2)))
        axes.set(yscale="log")
        axes.set_ylim(bottom=_FLOOR / 2)
    style.whole_numbers(by_step)
    by_step.set(xlabel="step", ylabel=r"$\chi^2-\chi^2_{\rm min}$")
    by_seconds.set(xlabel="seconds")
    by_seconds.tick_params(labelleft=False)


def _draw_pulls(
    axes: Axes, result: FitResult, parameters: Sequence[Parameter], truth: Theta | None
) -> None:
    reference = result.theta if truth is None else {**result.theta, **truth}
    axes.axhspan(-1, 1, color=style.LIGHT, alpha=0.75, linewidth=0)
    axes.axhline(0, color=style.GREY, linewidth=0.9)
    axes.set_yscale("symlog", linthresh=_LINEAR, linscale=1.2)
    numbers = [step.step for step in result.steps]
    fitted = [p for p in parameters if 0 < result.errors.get(p.name, np.inf) < np.inf]
    tallest = _LINEAR
    for i, p in enumerate(fitted):
        path = np.array([step.theta[p.name] for step in result.steps], np.float64)
        pull = (path - float(reference[p.name])) / result.errors[p.name]
        tallest = max(tallest, np.abs(pull).max(initial=0.0))
        axes.plot(numbers, pull, color=style.CATEGORIES[i % len(style.CATEGORIES)], linewidth=1.6)
    axes.set_yticks(*_ticks(tallest))
    axes.set_ylim(-2.2 * tallest, 2.2 * tallest)
    what = "best" if truth is None else "true"
    style.whole_numbers(axes)
    axes.set_xlabel(f"step ({result.method})")
    axes.set_ylabel(rf"$(\theta-\theta_{{\rm {what}}})/\sigma$")
    handles = [
        Line2D([], [], color=style.CATEGORIES[i % len(style.CATEGORIES)], label=p.label)
        for i, p in enumerate(fitted)
    ]
    if handles:
        axes.legend(
            handles=handles, loc="upper right", ncols=min(len(handles), 5), handlelength=1.2
        )


def _ticks(tallest: float) -> tuple[list[float], list[str]]:
    """Places and labels for pulls from 1 to thousands of sigma."""
    positive = [t for d in range(7) for t in (10.0**d, 3 * 10.0**d) if t <= 2.2 * tallest]
    # Past a few decades every other tick suffices.
    positive = positive[:: 1 if len(positive) <= 4 else 2]
    places = [-t for t in positive[::-1]] + [0.0] + positive
    return places, [f"${t:g}$" for t in places]


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
        look = _minimum_style(place.get(i))
        axes.plot(np.maximum(path, _STARTS_FLOOR), **look, linewidth=1.4, alpha=0.85)
        axes.plot(
            len(path) - 1, max(path[-1], _STARTS_FLOOR), "o", color=look["color"], markersize=6
        )
    for k, minimum in enumerate(minima):
        above = minimum.result.minimised - lowest
        label = rf"$\Delta\chi^2 = {above:.1f}$: {len(minimum.members)} of {len(ends)}"
        axes.plot([], [], "o-", **_minimum_style(k), label=label)
    if len(place) < len(ends):
        label = f"not converged: {len(ends) - len(place)} of {len(ends)}"
        axes.plot([], [], "o-", **_minimum_style(None), label=label)
    axes.axhline(1, color=style.GREY, linewidth=0.9, linestyle=(0, (1, 2)))
    axes.set(yscale="log", xlabel="step", ylabel=r"lowest $\chi^2-\chi^2_{\rm min}$ so far")
    style.whole_numbers(axes)
    axes.legend(loc="upper right")
    return figure


def _minimum_style(place: int | None) -> dict[str, str]:
    if place is None:
        return {"color": style.GREY}
    return {"color": style.CATEGORIES[place % len(style.CATEGORIES)]}
