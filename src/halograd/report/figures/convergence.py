"""The way of a fit to its minimum, by steps and by seconds."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
import numpy as np

from halograd.inference import FitResult
from halograd.models import Parameter
from halograd.models.parameters import Theta
from halograd.report import style

_FLOOR = 1e-3  # of Δχ²: nothing below matters
_LINEAR = 2.0  # sigma: pulls are drawn linearly up to here


@style.styled
def convergence_figure(
    results: Sequence[FitResult],
    parameters: Sequence[Parameter],
    truth: Theta | None = None,
) -> Figure:
    """χ² above its minimum for each fit, and the parameters of the first one.

    Args:
        results: One or more fits of the same data.
        parameters: Of the model, for labels.
        truth: Where the pulls are measured from; the best fit where None.
    """
    figure = style.new_figure(style.WIDTH, 6.0)
    grid = figure.subplot_mosaic([["steps", "seconds"], ["pulls", "pulls"]])
    _draw_chi2(grid["steps"], grid["seconds"], results)
    _draw_pulls(grid["pulls"], results[0], parameters, truth)
    return figure


def _draw_chi2(by_step: Axes, by_seconds: Axes, results: Sequence[FitResult]) -> None:
    lowest = min(step.chi2 for result in results for step in result.steps)
    for i, result in enumerate(results):
        above = np.array([step.chi2 for step in result.steps]) - lowest
        look = {
            "color": style.CATEGORIES[i % len(style.CATEGORIES)],
            "marker": style.MARKERS[i % len(style.MARKERS)] if len(above) <= 40 else "",
            "markeredgecolor": "white",
            "markeredgewidth": 0.5,
            "label": result.method + ("" if result.converged else " (not converged)"),
        }
        shown = np.maximum(above, _FLOOR)
        by_step.plot([step.step for step in result.steps], shown, **look)
        by_seconds.plot([step.seconds for step in result.steps], shown, **look)
    for axes in (by_step, by_seconds):
        axes.axhline(1, color=style.GREY, linewidth=0.9, linestyle=(0, (1, 2)))
        axes.set(yscale="log")
        axes.set_ylim(bottom=_FLOOR / 2)
    by_step.set(xlabel="step", ylabel=r"$\chi^2-\chi^2_{\rm min}$")
    by_seconds.set(xlabel="seconds")
    by_seconds.tick_params(labelleft=False)
    by_step.legend(loc="upper right")


def _draw_pulls(
    axes: Axes, result: FitResult, parameters: Sequence[Parameter], truth: Theta | None
) -> None:
    reference = result.theta if truth is None else {**result.theta, **truth}
    axes.axhspan(-1, 1, color=style.LIGHT, alpha=0.75, linewidth=0)
    axes.axhline(0, color=style.GREY, linewidth=0.9)
    axes.set_yscale("symlog", linthresh=_LINEAR, linscale=1.2)
    numbers = [step.step for step in result.steps]
    fitted = [p for p in parameters if p.name in result.free]
    tallest = _LINEAR
    for i, p in enumerate(fitted):
        error = result.errors[p.name]
        if not np.isfinite(error) or error <= 0:
            continue
        path = np.array([step.theta[p.name] for step in result.steps], np.float64)
        pull = (path - float(reference[p.name])) / error
        tallest = max(tallest, np.abs(pull).max(initial=0.0))
        axes.plot(numbers, pull, color=style.CATEGORIES[i % len(style.CATEGORIES)], linewidth=1.6)
    axes.set_ylim(-1.6 * tallest, 1.6 * tallest)
    what = "best" if truth is None else "true"
    axes.set(xlabel=f"step ({result.method})")
    axes.set_ylabel(rf"$(\theta-\theta_{{\rm {what}}})/\sigma$")
    handles = [
        Line2D([], [], color=style.CATEGORIES[i % len(style.CATEGORIES)], label=p.label)
        for i, p in enumerate(fitted)
    ]
    axes.legend(handles=handles, loc="upper right", ncols=min(len(handles), 5), handlelength=1.2)
