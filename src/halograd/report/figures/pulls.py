"""The best parameters with their errors, against the truth or the start."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from halograd.inference import FitResult
from halograd.models import Parameter
from halograd.models.parameters import Theta
from halograd.report import style

_WIDEST = 12.0  # sigma: a start further away is drawn at the edge


@style.styled
def pulls_figure(
    result: FitResult,
    parameters: Sequence[Parameter],
    *,
    truth: Theta | None = None,
    start: Theta | None = None,
) -> Figure:
    """(θ - reference) / σ for each fitted parameter.

    Args:
        result: A fit; parameters without a finite error are left out.
        parameters: Parameters of the model, for labels.
        truth: The reference; the best fit itself where None.
        start: Where the fit began, drawn as an open symbol.
    """
    shown = [p for p in parameters if np.isfinite(result.errors.get(p.name, np.inf))]
    figure = style.new_figure(style.WIDTH, 1.5 + 0.48 * max(len(shown), 1))
    axes = figure.subplots()
    axes.axvspan(-2, 2, color=style.LIGHT, alpha=0.35, linewidth=0)
    axes.axvspan(-1, 1, color=style.LIGHT, alpha=0.75, linewidth=0)
    axes.axvline(0, color=style.INK, linewidth=1.2, linestyle=style.LINES["truth"])
    reference = {**result.theta, **(truth or {})}
    best = _pulls(result, shown, result.theta, reference)
    began = np.zeros(0) if start is None else _pulls(result, shown, start, reference)
    rows = np.arange(len(shown))[::-1]
    axes.errorbar(
        best,
        rows,
        xerr=1,
        fmt="o",
        color=style.CATEGORIES[0],
        markersize=8,
        elinewidth=2.2,
        label="best fit",
        zorder=4,
    )
    if start is not None:
        _draw_start(axes, rows, began)
    limit = min(max([3.4, *(np.abs(best) + 1.4), *(np.abs(began) + 1)]), _WIDEST)
    axes.set(xlim=(-limit, limit), ylim=(-0.7, len(shown) - 0.3))
    axes.set_yticks(rows, [p.label for p in shown], fontsize=14)
    what = "best" if truth is None else "true"
    axes.set_xlabel(rf"$(\theta-\theta_{{\rm {what}}})/\sigma$")
    style.no_minor_ticks(axes, "y")
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2, fontsize=11)
    return figure


def _pulls(
    result: FitResult, shown: Sequence[Parameter], theta: Theta, reference: Theta
) -> np.ndarray:
    return np.array(
        [
            (float(theta.get(p.name, p.value)) - float(reference[p.name])) / result.errors[p.name]
            for p in shown
        ]
    )


def _draw_start(axes: Axes, rows: np.ndarray, began: np.ndarray) -> None:
    """Open symbols, or an arrow at the edge for a start far away."""
    near = np.abs(began) < _WIDEST - 0.5
    look = {"color": style.GREY, "linestyle": "", "markersize": 8}
    axes.plot(began[near], rows[near], "o", markerfacecolor="white", label="start", **look)
    for sign, marker in ((1, ">"), (-1, "<")):
        far = ~near & (np.sign(began) == sign)
        edge = np.full(far.sum(), sign * (_WIDEST - 0.4))
        axes.plot(edge, rows[far], marker=marker, **look)
        for x, row, value in zip(edge, rows[far], began[far], strict=True):
            axes.annotate(
                rf"${value:+.0f}\sigma$",
                (x, row),
                (-12 * sign, 0),
                textcoords="offset points",
                ha="right" if sign > 0 else "left",
                va="center",
                color=style.GREY,
                fontsize=11,
            )
