"""Forecast errors of several subsets of the data, two parameters by two."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from halograd.inference import Forecast
from halograd.models import Parameter
from halograd.report import style
from halograd.report.figures._ellipse import LEVELS, ellipse
from halograd.report.figures._triangle_grid import triangle_grid

_REACH = 3.0  # errors shown on either side
_WIDEST = 5.0  # of the smallest error: wider ellipses leave the panel


@style.styled
def ellipses_figure(
    forecasts: Sequence[Forecast], theta: Mapping[str, float], parameters: Sequence[Parameter]
) -> Figure | None:
    """Ellipses of 68 and 95 % around the fiducial point, and the marginal densities.

    A subset that does not constrain a parameter has no ellipse there.

    Args:
        forecasts: The last is filled, and lies below the others.
        theta: The fiducial point.
        parameters: Which are shown, where at least one subset constrains them.

    Returns:
        None where no subset constrains any.
    """
    reach = {p.name: _reach(forecasts, p.name) for p in parameters}
    shown = [p for p in parameters if np.isfinite(reach[p.name])]
    if not shown:
        return None
    n = len(shown)
    side = max(4.2, min(1.5 * n + 0.9, 9.5))
    figure, grid = triangle_grid(n, side)
    for row, y in enumerate(shown):
        for column, x in enumerate(shown):
            axes = grid[row, column]
            if column > row:
                axes.set_axis_off()
                continue
            for i, forecast in list(enumerate(forecasts))[::-1]:
                is_last = i == len(forecasts) - 1
                _draw(axes, forecast, (x.name, y.name), theta, _color(i), filled=is_last)
            axes.set_xlim(theta[x.name] - reach[x.name], theta[x.name] + reach[x.name])
            if x is y:
                axes.set_ylim(0, 1.15)
            else:
                axes.set_ylim(theta[y.name] - reach[y.name], theta[y.name] + reach[y.name])
            _label(axes, x, y, at_bottom=row == n - 1, at_left=column == 0 and row > 0)
    names = [forecast.name for forecast in forecasts]
    handles = [Line2D([], [], color=_color(i), label=name) for i, name in enumerate(names)]
    handles[-1] = Patch(color=_color(len(names) - 1), alpha=0.5, label=names[-1])
    figure.legend(handles=handles, loc="upper right", fontsize=11)
    figure.align_labels()
    return figure


def _reach(forecasts: Sequence[Forecast], name: str) -> float:
    errors = [forecast.errors.get(name, np.inf) for forecast in forecasts]
    finite = [error for error in errors if np.isfinite(error) and error > 0]
    return _REACH * min(max(finite), _WIDEST * min(finite)) if finite else np.inf


def _draw(
    axes: Axes,
    forecast: Forecast,
    names: tuple[str, str],
    theta: Mapping[str, float],
    color: str,
    *,
    filled: bool,
) -> None:
    if not all(np.isfinite(forecast.errors.get(name, np.inf)) for name in names):
        return
    order = [forecast.free.index(name) for name in names]
    covariance = forecast.covariance[np.ix_(order, order)]
    if names[0] == names[1]:
        _draw_marginal(axes, theta[names[0]], covariance[0, 0], color, filled=filled)
        return
    centre = np.array([[theta[name]] for name in names])
    for level, alpha in zip(LEVELS[::-1], (0.2, 0.45), strict=True):
        path = centre + ellipse(covariance, level)
        if filled:
            axes.fill(*path, color=color, alpha=alpha, linewidth=0)
        axes.plot(*path, color=color, linewidth=1.3)


def _draw_marginal(axes: Axes, centre: float, variance: float, color: str, *, filled: bool) -> None:
    x = centre + np.sqrt(variance) * np.linspace(-6, 6, 241)
    density = np.exp(-0.5 * (x - centre) ** 2 / variance)
    if filled:
        axes.fill_between(x, density, color=color, alpha=0.3, linewidth=0)
    axes.plot(x, density, color=color, linewidth=1.6)


def _label(axes: Axes, x: Parameter, y: Parameter, *, at_bottom: bool, at_left: bool) -> None:
    axes.xaxis.set_major_locator(MaxNLocator(3, prune="both"))
    if x is y:
        axes.set_yticks([])
        style.no_minor_ticks(axes, "y")
    else:
        axes.yaxis.set_major_locator(MaxNLocator(3, prune="both"))
    if at_bottom:
        axes.set_xlabel(x.label, fontsize=14)
    if at_left:
        axes.set_ylabel(y.label, fontsize=14)
    axes.tick_params(labelbottom=at_bottom, labelleft=at_left, labelsize=9.5)
    axes.tick_params(axis="x", rotation=40)


def _color(i: int) -> str:
    return style.CATEGORIES[i % len(style.CATEGORIES)]
