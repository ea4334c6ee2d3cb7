"""The posterior of every parameter and every pair, smoothed by getdist."""

import warnings
from collections.abc import Sequence
from contextlib import redirect_stdout
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from halograd.inference import Chains
from halograd.models import Parameter
from halograd.models.parameters import Theta
from halograd.report import style
from halograd.report.figures._triangle_grid import triangle_grid

_CONTOURS = (0.68, 0.95)
_MOST = 12  # parameters in one figure
_BEST = style.CATEGORIES[1]


@style.styled
def triangle_figure(
    chains: Chains,
    parameters: Sequence[Parameter],
    *,
    best: Theta | None = None,
    truth: Theta | None = None,
) -> Figure:
    """Marginal densities on the diagonal; regions of 68 and 95 % below it.

    Densities are kernel estimates of getdist (Lewis 2019, arXiv:1910.13970), corrected at the
    bounds of uniform priors. Divergent transitions are drawn as crosses.

    Args:
        chains: Draws; the first twelve free parameters are shown.
        parameters: Of the model, for labels and bounds.
        best: Marked by a star, as the best fit.
        truth: Marked by lines.
    """
    shown = [p for p in parameters if p.name in chains.names][:_MOST]
    draws = _as_getdist(chains, shown)
    n = len(shown)
    side = max(3.6, min(1.6 * n + 0.6, 9.5))
    handles = _legend_handles(chains, best, truth)
    n_column = min(len(handles), max(int(side / 1.5), 1))  # as many as the width holds
    figure, grid = triangle_grid(n, side, legend_rows=-(-len(handles) // n_column))
    for row in range(n):
        for column in range(n):
            axes = grid[row, column]
            if row < column:
                axes.set_visible(False)
                continue
            x, y = shown[column], shown[row]
            if row == column:
                _draw_marginal(axes, draws, x.name)
            else:
                _draw_pair(axes, draws, chains, (x.name, y.name))
            _mark(axes, (x.name, None if row == column else y.name), best, truth)
            _finish(axes, chains, (x, y), is_last=row == n - 1, is_first=column == 0, diag=x is y)
    figure.align_labels()
    figure.legend(handles=handles, loc="upper center", ncols=n_column)
    return figure


def _as_getdist(chains: Chains, shown: Sequence[Parameter]) -> Any:
    with warnings.catch_warnings(), redirect_stdout(None):
        warnings.simplefilter("ignore")
        import getdist

        columns = np.stack([chains.theta[p.name] for p in shown], axis=-1).astype(np.float64)
        names = [p.name for p in shown]
        ranges = {p.name: [_or_none(p.low), _or_none(p.high)] for p in shown}
        return getdist.MCSamples(
            samples=list(columns),
            names=names,
            ranges=ranges,
            settings={"ignore_rows": 0, "smooth_scale_1D": -1},
            sampler="mcmc",
        )


def _or_none(bound: float) -> float | None:
    return float(bound) if np.isfinite(bound) else None


def _draw_marginal(axes: Axes, draws: Any, name: str) -> None:
    density = draws.get1DDensity(name)
    axes.fill_between(density.x, density.P, color=style.CATEGORIES[0], alpha=0.3, linewidth=0)
    axes.plot(density.x, density.P, color=style.CATEGORIES[0], linewidth=1.6)
    axes.set(ylim=(0, 1.2), yticks=[])
    style.no_minor_ticks(axes, "y")


def _draw_pair(axes: Axes, draws: Any, chains: Chains, names: tuple[str, str]) -> None:
    density = draws.get2DDensity(*names)
    levels = np.sort(density.getContourLevels(_CONTOURS))
    edges = [*levels, density.P.max() * 1.001]
    color = style.CATEGORIES[0]
    for low, alpha in zip(edges[:-1], (0.25, 0.35), strict=True):
        axes.contourf(density.x, density.y, density.P, [low, edges[-1]], colors=color, alpha=alpha)
    axes.contour(density.x, density.y, density.P, levels, colors=color, linewidths=1.0)
    x, y = (chains.theta[name][chains.divergent] for name in names)
    if x.size:
        axes.plot(x, y, "x", color=style.CATEGORIES[3], markersize=3.5, alpha=0.8, zorder=5)


def _mark(
    axes: Axes, names: tuple[str, str | None], best: Theta | None, truth: Theta | None
) -> None:
    x, y = names
    look = {"color": style.INK, "linewidth": 1.1, "linestyle": style.LINES["truth"]}
    if truth and x in truth:
        axes.axvline(float(truth[x]), **look)
    if truth and y in truth:
        axes.axhline(float(truth[y]), **look)
    if best is None:
        return
    if y is None:
        axes.axvline(float(best[x]), color=_BEST, linewidth=1.1)
    else:
        axes.plot(float(best[x]), float(best[y]), "*", color=_BEST, markersize=8, zorder=6)


def _finish(
    axes: Axes,
    chains: Chains,
    pair: tuple[Parameter, Parameter],
    *,
    is_last: bool,
    is_first: bool,
    diag: bool,
) -> None:
    axes.set_xlim(_limits(chains, pair[0].name))
    axes.xaxis.set_major_locator(MaxNLocator(3, prune="both"))
    if not diag:
        axes.set_ylim(_limits(chains, pair[1].name))
        axes.yaxis.set_major_locator(MaxNLocator(3, prune="both"))
    if is_last:
        axes.set_xlabel(pair[0].label)
    if is_first and not diag:
        axes.set_ylabel(pair[1].label)
    axes.tick_params(labelbottom=is_last, labelleft=is_first and not diag, labelsize=9.5)
    axes.tick_params(axis="x", rotation=40)


def _limits(chains: Chains, name: str) -> tuple[float, float]:
    low, high = np.quantile(chains.theta[name], [0.001, 0.999])
    margin = 0.08 * (high - low) or 1.0
    return low - margin, high + margin


def _legend_handles(
    chains: Chains, best: Theta | None, truth: Theta | None
) -> list[Line2D | Patch]:
    handles = [
        Patch(color=style.CATEGORIES[0], alpha=alpha, label=label)
        for alpha, label in ((0.6, r"68 %"), (0.25, r"95 %"))
    ]
    if truth:
        line = {"linewidth": 1.1, "linestyle": style.LINES["truth"]}
        handles.append(Line2D([], [], color=style.INK, label="truth", **line))
    if best is not None:
        star = {"linestyle": "", "marker": "*", "markersize": 8}
        handles.append(Line2D([], [], color=_BEST, label="best fit", **star))
    if chains.n_divergent:
        cross = {"linestyle": "", "marker": "x", "markersize": 5}
        handles.append(Line2D([], [], color=style.CATEGORIES[3], label="divergent", **cross))
    return handles
