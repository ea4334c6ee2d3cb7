"""Parameters two by two: a sampled posterior, the errors of a fit, and those of forecasts."""

import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import redirect_stdout
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from halograd.inference import Chains, FitResult, Forecast
from halograd.models import Parameter
from halograd.models.parameters import Theta
from halograd.report import style

Limits = Mapping[str, tuple[float, float]]

_MOST = 12  # parameters in one figure
_FIT_REACH, _FORECAST_REACH = 3.2, 3.0  # errors shown on either side
_WIDEST = 5.0  # of the smallest error of a forecast: wider ellipses leave the panel
_LEVELS = (2.296, 6.180)  # Δχ² that hold 68.3 % and 95.4 % in two dimensions
_MARGIN, _LEGEND_ROW = 0.85, 0.32  # inches: for labels, and for each row of a legend above
_COLOR, _BEST, _DIVERGENT = style.CATEGORIES[0], style.CATEGORIES[1], style.CATEGORIES[3]
_TRUTH: dict[str, Any] = {
    "color": style.INK,
    "linewidth": 1.1,
    "linestyle": style.LINES["truth"],
}


@style.styled
def triangle_figure(
    chains: Chains,
    parameters: Sequence[Parameter],
    *,
    best: Theta | None = None,
    truth: Theta | None = None,
) -> Figure:
    """Marginal densities of a posterior on the diagonal; regions of 68 and 95 % below it.

    Densities are kernel estimates of getdist (Lewis 2019, arXiv:1910.13970), corrected at the
    bounds of uniform priors. Divergent transitions are drawn as crosses.

    Args:
        chains: Draws; the first twelve free parameters are shown.
        parameters: Parameters of the model, for labels and bounds.
        best: Marked by a star, as the best fit.
        truth: Marked by lines.
    """
    shown = [p for p in parameters if p.name in chains.names][:_MOST]
    draws = _as_getdist(chains, shown)

    def draw_one(axes: Axes, x: str) -> None:
        density = draws.get1DDensity(x)
        _fill_curve(axes, density.x, density.P, _COLOR)
        if best is not None:
            axes.axvline(float(best[x]), color=_BEST, linewidth=1.1)

    def draw_two(axes: Axes, x: str, y: str) -> None:
        density = draws.get2DDensity(x, y)
        levels = np.sort(density.getContourLevels((0.68, 0.95)))
        top = density.P.max() * 1.001
        for low, alpha in zip(levels, (0.25, 0.35), strict=True):
            axes.contourf(density.x, density.y, density.P, [low, top], colors=_COLOR, alpha=alpha)
        axes.contour(density.x, density.y, density.P, levels, colors=_COLOR, linewidths=1.0)
        at = [chains.theta[name][chains.divergent] for name in (x, y)]
        axes.plot(*at, "x", color=_DIVERGENT, markersize=3.5, alpha=0.8, zorder=5)
        if best is not None:
            axes.plot(float(best[x]), float(best[y]), "*", color=_BEST, markersize=8, zorder=6)

    handles = _region_handles(truth)
    if best is not None:
        star = {"marker": "*", "markersize": 8, "linestyle": ""}
        handles.append(Line2D([], [], color=_BEST, label="best fit", **star))
    if chains.n_divergent:
        cross = {"marker": "x", "markersize": 5, "linestyle": ""}
        handles.append(Line2D([], [], color=_DIVERGENT, label="divergent", **cross))
    limits = {p.name: _chain_limits(chains.theta[p.name]) for p in shown}
    side = max(3.6, min(1.6 * len(shown) + 0.6, 9.5))
    n_column = min(len(handles), max(int(side / 1.5), 1))  # as many as the width holds
    figure = _draw(shown, limits, draw_one, draw_two, side, truth, -(-len(handles) // n_column))
    figure.legend(handles=handles, loc="upper center", ncols=n_column)
    return figure


@style.styled
def corner_figure(
    result: FitResult,
    parameters: Sequence[Parameter],
    truth: Theta | None = None,
) -> Figure | None:
    """Gaussian errors of a fit: ellipses of 68 and 95 %, and correlation coefficients above.

    The errors are those of the inverse Fisher matrix.

    Args:
        result: A fit.
        parameters: Parameters of the model, for labels.
        truth: Marked by lines.

    Returns:
        None where no parameter has a finite error.
    """
    by_name = {p.name: p for p in parameters}
    errors = result.errors
    shown = [by_name[name] for name in result.free if 0 < errors[name] < np.inf]
    if not shown:
        return None

    def covariance(*names: str) -> np.ndarray:
        order = [result.free.index(name) for name in names]
        return result.covariance[np.ix_(order, order)]

    def draw_one(axes: Axes, x: str) -> None:
        _draw_gaussian(axes, result.theta[x], covariance(x)[0, 0], _COLOR)

    def draw_two(axes: Axes, x: str, y: str) -> None:
        _draw_ellipses(axes, (result.theta[x], result.theta[y]), covariance(x, y), _COLOR)
        axes.plot(result.theta[x], result.theta[y], "+", color="white", markersize=6)

    def draw_correlation(axes: Axes, x: str, y: str) -> None:
        r = covariance(x, y)[0, 1] / (errors[x] * errors[y])
        shade = (*to_rgb(_COLOR if r > 0 else style.CATEGORIES[1]), 0.55 * min(abs(r), 1.0))
        axes.set_facecolor(shade)
        axes.text(0.5, 0.5, f"${r:+.2f}$", transform=axes.transAxes, ha="center", va="center")
        axes.set(xticks=[], yticks=[])
        for spine in axes.spines.values():
            spine.set_color("white")

    limits = {p.name: _fit_limits(result.theta[p.name], errors[p.name], truth, p) for p in shown}
    side = max(3.6, min(1.55 * len(shown) + 0.6, 9.0))
    figure = _draw(shown, limits, draw_one, draw_two, side, truth, 1, draw_correlation)
    figure.legend(handles=_region_handles(truth), loc="upper center", ncols=3)
    return figure


@style.styled
def ellipses_figure(
    forecasts: Sequence[Forecast], theta: Mapping[str, float], parameters: Sequence[Parameter]
) -> Figure | None:
    """Forecast errors of several subsets of the data: ellipses of 68 and 95 %, and marginals.

    A subset that does not constrain a parameter has no ellipse there.

    Args:
        forecasts: The last is filled, and lies below the others.
        theta: The fiducial point.
        parameters: Which are shown, where at least one subset constrains them.

    Returns:
        None where no subset constrains any.
    """
    reach = {p.name: _forecast_reach(forecasts, p.name) for p in parameters}
    shown = [p for p in parameters if np.isfinite(reach[p.name])]
    if not shown:
        return None
    colors = [style.CATEGORIES[i % len(style.CATEGORIES)] for i in range(len(forecasts))]
    last = len(forecasts) - 1

    def draw(axes: Axes, *names: str) -> None:
        for i in range(last, -1, -1):
            forecast, is_filled = forecasts[i], i == last
            if not all(np.isfinite(forecast.errors.get(name, np.inf)) for name in names):
                continue
            order = [forecast.free.index(name) for name in names]
            covariance = forecast.covariance[np.ix_(order, order)]
            centre = [theta[name] for name in names]
            if len(names) == 1:
                _draw_gaussian(axes, centre[0], covariance[0, 0], colors[i], is_filled=is_filled)
            else:
                _draw_ellipses(axes, centre, covariance, colors[i], is_filled=is_filled)

    limits = {name: (theta[name] - r, theta[name] + r) for name, r in reach.items()}
    side = max(4.2, min(1.5 * len(shown) + 0.9, 9.5))
    figure = _draw(shown, limits, draw, draw, side)
    lines = [
        Line2D([], [], color=color, label=forecast.name)
        for color, forecast in zip(colors[:-1], forecasts[:-1], strict=True)
    ]
    filled = Patch(color=colors[-1], alpha=0.5, label=forecasts[-1].name)
    figure.legend(handles=[*lines, filled], loc="upper right", fontsize=11)
    return figure


def _draw(
    shown: Sequence[Parameter],
    limits: Limits,
    draw_one: Callable[[Axes, str], None],
    draw_two: Callable[[Axes, str, str], None],
    side: float,
    truth: Theta | None = None,
    legend_rows: int = 0,
    draw_above: Callable[[Axes, str, str], None] | None = None,
) -> Figure:
    """Panels for every parameter and every pair, of one size and at equal distances.

    Laid out by hand: Matplotlib's layout spreads a grid with empty corners unevenly.

    Args:
        shown: The parameters.
        limits: Range of the axes of each parameter.
        draw_one: Draws the marginal of a parameter.
        draw_two: Draws a pair.
        side: Side of the figure, inches.
        truth: Marked by lines.
        legend_rows: Rows of a legend that room is left for above.
        draw_above: Draws a pair above the diagonal, which is empty where None.
    """
    n = len(shown)
    figure = style.new_figure(side, side)
    figure.set_layout_engine(None)
    grid = figure.subplots(n, n, squeeze=False)
    margin, top = _MARGIN / side, 0.985 - _LEGEND_ROW * legend_rows / side
    figure.subplots_adjust(margin, margin, 0.985, top, wspace=0.06, hspace=0.06)
    for row, y in enumerate(shown):
        for column, x in enumerate(shown):
            axes = grid[row, column]
            if column > row:
                draw_above(axes, x.name, y.name) if draw_above else axes.set_axis_off()
                continue
            if x is y:
                draw_one(axes, x.name)
                axes.set(ylim=(0, 1.2), yticks=[])
                style.no_minor_ticks(axes, "y")
            else:
                draw_two(axes, x.name, y.name)
                axes.set_ylim(limits[y.name])
                axes.yaxis.set_major_locator(MaxNLocator(3, prune="both"))
                if truth and y.name in truth:
                    axes.axhline(float(truth[y.name]), **_TRUTH)
            if truth and x.name in truth:
                axes.axvline(float(truth[x.name]), **_TRUTH)
            axes.set_xlim(limits[x.name])
            axes.xaxis.set_major_locator(MaxNLocator(3, prune="both"))
            is_left, is_bottom = column == 0 and row > 0, row == n - 1
            axes.set(xlabel=x.label if is_bottom else "", ylabel=y.label if is_left else "")
            axes.tick_params(labelbottom=is_bottom, labelleft=is_left, labelsize=9.5)
            axes.tick_params(axis="x", rotation=40)
    figure.align_labels()
    return figure


def _fill_curve(
    axes: Axes, x: np.ndarray, density: np.ndarray, color: str, *, is_filled: bool = True
) -> None:
    if is_filled:
        axes.fill_between(x, density, color=color, alpha=0.3, linewidth=0)
    axes.plot(x, density, color=color, linewidth=1.6)


def _draw_gaussian(
    axes: Axes, centre: float, variance: float, color: str, *, is_filled: bool = True
) -> None:
    x = centre + np.sqrt(variance) * np.linspace(-9, 9, 361)
    density = np.exp(-0.5 * (x - centre) ** 2 / variance)
    _fill_curve(axes, x, density, color, is_filled=is_filled)


def _draw_ellipses(
    axes: Axes,
    centre: Sequence[float],
    covariance: np.ndarray,
    color: str,
    *,
    is_filled: bool = True,
) -> None:
    """Ellipses of 95 and 68 % of a Gaussian in two dimensions."""
    values, vectors = np.linalg.eigh(covariance)
    angle = np.linspace(0, 2 * np.pi, 200)
    for level, alpha in zip(_LEVELS[::-1], (0.22, 0.5), strict=True):
        half_axes = np.sqrt(np.maximum(values, 0) * level)
        path = vectors @ (half_axes[:, None] * [np.cos(angle), np.sin(angle)])
        path += np.array(centre)[:, None]
        if is_filled:
            axes.fill(*path, color=color, alpha=alpha, linewidth=0)
        axes.plot(*path, color=color, linewidth=1.1)


def _as_getdist(chains: Chains, shown: Sequence[Parameter]) -> Any:
    with warnings.catch_warnings(), redirect_stdout(None):
        warnings.simplefilter("ignore")
        import getdist

        columns = np.stack([chains.theta[p.name] for p in shown], axis=-1).astype(np.float64)
        bounds = {
            p.name: [float(b) if np.isfinite(b) else None for b in (p.low, p.high)] for p in shown
        }
        return getdist.MCSamples(
            samples=list(columns),
            names=[p.name for p in shown],
            ranges=bounds,
            settings={"ignore_rows": 0, "smooth_scale_1D": -1},
            sampler="mcmc",
        )


def _chain_limits(draws: np.ndarray) -> tuple[float, float]:
    low, high = np.quantile(draws, [0.001, 0.999])
    margin = 0.08 * (high - low) or 1.0
    return low - margin, high + margin


def _fit_limits(
    centre: float, error: float, truth: Theta | None, p: Parameter
) -> tuple[float, float]:
    ends = [centre - _FIT_REACH * error, centre + _FIT_REACH * error]
    # A truth far away is worth showing, but not at the price of an invisible ellipse.
    if truth and p.name in truth and abs(float(truth[p.name]) - centre) < 8 * error:
        ends += [float(truth[p.name]) - 0.5 * error, float(truth[p.name]) + 0.5 * error]
    return min(ends), max(ends)


def _forecast_reach(forecasts: Sequence[Forecast], name: str) -> float:
    errors = [forecast.errors.get(name, np.inf) for forecast in forecasts]
    finite = [error for error in errors if np.isfinite(error) and error > 0]
    return _FORECAST_REACH * min(max(finite), _WIDEST * min(finite)) if finite else np.inf


def _region_handles(truth: Theta | None) -> list[Line2D | Patch]:
    handles: list[Line2D | Patch] = [
        Patch(color=_COLOR, alpha=alpha, label=label)
        for alpha, label in ((0.6, "68 %"), (0.25, "95 %"))
    ]
    if truth:
        handles.append(Line2D([], [], label="truth", **_TRUTH))
    return handles
