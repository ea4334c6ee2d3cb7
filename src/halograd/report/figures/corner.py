"""Gaussian errors of the parameters, two by two."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from halograd.inference import FitResult
from halograd.models import Parameter
from halograd.models.parameters import Theta
from halograd.report import style
from halograd.report.figures._ellipse import LEVELS, ellipse
from halograd.report.figures._triangle_grid import triangle_grid

_REACH = 3.2  # sigma shown on either side


@style.styled
def corner_figure(
    result: FitResult,
    parameters: Sequence[Parameter],
    truth: Theta | None = None,
) -> Figure | None:
    """Ellipses of 68 and 95 % below the diagonal, correlation coefficients above it.

    The errors are those of the inverse Fisher matrix, so that everything is Gaussian.

    Args:
        result: A fit.
        parameters: Of the model, for labels.
        truth: Marked by lines.

    Returns:
        None where no parameter has a finite error.
    """
    order = [i for i, e in enumerate(result.errors.values()) if np.isfinite(e) and e > 0]
    if not order:
        return None
    by_name = {p.name: p for p in parameters}
    shown = [by_name[result.free[i]] for i in order]
    covariance = result.covariance[np.ix_(order, order)]
    n = len(shown)
    side = max(3.6, min(1.55 * n + 0.6, 9.0))
    figure, grid = triangle_grid(n, side, legend_rows=1)
    for row in range(n):
        for column in range(n):
            pair = [shown[column], shown[row]]
            block = covariance[np.ix_([column, row], [column, row])]
            axes = grid[row, column]
            if row < column:
                _draw_correlation(axes, block)
            elif row == column:
                _draw_marginal(axes, result, pair[0], block[0, 0], truth)
            else:
                _draw_ellipses(axes, result, pair, block, truth)
            _label(axes, pair, at_bottom=row == n - 1, at_left=column == 0 and row > 0)
    figure.align_labels()
    _draw_legend(figure, truth)
    return figure


def _limits(result: FitResult, name: str, truth: Theta | None) -> tuple[float, float]:
    center, error = result.theta[name], result.errors[name]
    ends = [center - _REACH * error, center + _REACH * error]
    # A truth far away is worth showing, but not at the price of an invisible ellipse.
    if truth and name in truth and abs(truth[name] - center) < 8 * error:
        ends += [float(truth[name]) - 0.5 * error, float(truth[name]) + 0.5 * error]
    return min(ends), max(ends)


def _draw_ellipses(
    axes: Axes,
    result: FitResult,
    pair: Sequence[Parameter],
    covariance: np.ndarray,
    truth: Theta | None,
) -> None:
    x, y = (p.name for p in pair)
    centre = np.array([[result.theta[x]], [result.theta[y]]])
    for level, alpha in zip(LEVELS[::-1], (0.22, 0.5), strict=True):
        path = centre + ellipse(covariance, level)
        axes.fill(*path, color=style.CATEGORIES[0], alpha=alpha, linewidth=0)
        axes.plot(*path, color=style.CATEGORIES[0], linewidth=1.0)
    axes.plot(result.theta[x], result.theta[y], "+", color="white", markersize=6)
    if truth:
        _truth_line(axes.axvline, truth, x)
        _truth_line(axes.axhline, truth, y)
    axes.set(xlim=_limits(result, x, truth), ylim=_limits(result, y, truth))


def _draw_marginal(
    axes: Axes, result: FitResult, p: Parameter, variance: float, truth: Theta | None
) -> None:
    low, high = _limits(result, p.name, truth)
    x = np.linspace(low, high, 200)
    density = np.exp(-0.5 * (x - result.theta[p.name]) ** 2 / variance)
    axes.fill_between(x, density, color=style.CATEGORIES[0], alpha=0.3, linewidth=0)
    axes.plot(x, density, color=style.CATEGORIES[0], linewidth=1.6)
    if truth:
        _truth_line(axes.axvline, truth, p.name)
    axes.set(xlim=(low, high), ylim=(0, 1.25), yticks=[])
    style.no_minor_ticks(axes, "y")


def _truth_line(draw: object, truth: Theta, name: str) -> None:
    if name in truth:
        draw(float(truth[name]), color=style.INK, linewidth=1.1, linestyle=style.LINES["truth"])


def _draw_correlation(axes: Axes, covariance: np.ndarray) -> None:
    r = covariance[0, 1] / np.sqrt(covariance[0, 0] * covariance[1, 1])
    color = style.CATEGORIES[0] if r > 0 else style.CATEGORIES[1]
    axes.set_facecolor((*to_rgb(color), 0.55 * min(abs(r), 1.0)))
    axes.text(0.5, 0.5, f"${r:+.2f}$", transform=axes.transAxes, ha="center", va="center")
    axes.set(xticks=[], yticks=[])
    for spine in axes.spines.values():
        spine.set_color("white")


def _label(axes: Axes, pair: Sequence[Parameter], *, at_bottom: bool, at_left: bool) -> None:
    for axis, p, shown in ((axes.xaxis, pair[0], at_bottom), (axes.yaxis, pair[1], at_left)):
        if axis.get_ticklocs().size:
            axis.set_major_locator(MaxNLocator(3, prune="both"))
        if shown:
            axis.set_label_text(p.label, fontsize=14)
    axes.tick_params(labelbottom=at_bottom, labelleft=at_left, labelsize=9.5)
    axes.tick_params(axis="x", rotation=40)


def _draw_legend(figure: Figure, truth: Theta | None) -> None:
    handles = [
        Patch(color=style.CATEGORIES[0], alpha=alpha, label=label)
        for alpha, label in ((0.6, r"68 %"), (0.25, r"95 %"))
    ]
    if truth:
        line = {"linewidth": 1.1, "linestyle": style.LINES["truth"]}
        handles.append(Line2D([], [], color=style.INK, label="truth", **line))
    figure.legend(handles=handles, loc="upper center", ncols=3)
