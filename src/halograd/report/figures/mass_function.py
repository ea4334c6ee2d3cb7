"""The stellar mass function and the number densities of samples."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from halograd.catalogs import HaloCatalog
from halograd.inference import DataVector, Observables
from halograd.models import HasMeanRelation
from halograd.report import style
from halograd.report.curve import Curve
from halograd.report.figures import _residuals
from halograd.report.figures._halo_bins import HaloBins, fine_weights, halo_bins, relation

_STEP = 0.05  # dex
_MARGIN = 0.35  # dex beyond the samples
_THRESHOLD_TAIL = 0.5  # dex more where a sample has no upper edge


@style.styled
def mass_function_figure(
    halos: HaloCatalog,
    model: HasMeanRelation,
    curves: Sequence[Curve],
    observables: Observables,
    data: DataVector | None = None,
) -> Figure:
    """Number of galaxies by stellar mass, with residuals in units of the errors.

    Bins are drawn per dex, thresholds as n(>M*) in a column of their own. The shaded masses lie
    less than 2σ above the mean relation at the lightest halo: there, halos too light for the
    catalogue would add galaxies.

    Args:
        halos: The catalogue, not empty.
        model: Gives mean and scatter.
        curves: The model first; truth dashed, start dotted.
        observables: Whose samples of n are drawn.
        data: Measured, or None.
    """
    bins = halo_bins(halos, model)
    finite = np.array([np.isfinite(sample.high) for sample in observables.n], bool)
    columns = [kind for kind in (True, False) if (finite == kind).any()] or [True]
    shows_data = data is not None and len(finite) > 0
    ratios = [3.2, 1] if shows_data else [1]
    figure = style.new_figure(style.WIDTH, 6.2 if shows_data else 4.8)
    figure.get_layout_engine().set(hspace=0.0, h_pad=0.02)
    panels = figure.subplots(
        len(ratios), len(columns), sharex="col", height_ratios=ratios, squeeze=False
    )
    edges = _edges(observables, bins, model, curves[0])
    for column, differential in zip(panels.T, columns, strict=True):
        _draw_curves(column[0], bins, model, curves, edges, differential=differential)
        _shade_missing(column, bins, model, curves[0], edges)
        chosen = np.flatnonzero(finite == differential)
        if shows_data:
            _draw_data(column, curves, observables, data, chosen)
        column[-1].set(xlabel=r"$\log_{10}\, M_*\ \ [M_\odot]$", xlim=edges[[0, -1]])
    panels[0, 0].legend(loc="lower left")
    return figure


def _edges(
    observables: Observables, bins: HaloBins, model: HasMeanRelation, curve: Curve
) -> np.ndarray:
    """Fine edges in stellar mass around every finite edge of a sample."""
    ends = [edge for sample in observables.samples for edge in sample[:2] if np.isfinite(edge)]
    mean, scatter = relation(bins, model, curve.theta)
    if not ends:
        ends = [mean.min(), mean.max()]
    low, high = min(ends) - _MARGIN, max(ends) + _MARGIN
    if any(np.isinf(sample.high) for sample in observables.samples):
        high = max(high, min((mean + 2 * scatter).max(), high + _THRESHOLD_TAIL))
    return np.linspace(low, high, max(int(np.ceil((high - low) / _STEP)), 2) + 1)


def _draw_curves(
    axes: Axes,
    bins: HaloBins,
    model: HasMeanRelation,
    curves: Sequence[Curve],
    edges: np.ndarray,
    *,
    differential: bool,
) -> None:
    for i, curve in enumerate(curves):
        reach = edges if differential else np.append(edges, np.inf)
        n = bins.density @ fine_weights(bins, model, curve.theta, reach)
        x, y = (
            ((edges[1:] + edges[:-1]) / 2, n / np.diff(edges))
            if differential
            else (edges, np.cumsum(n[::-1])[::-1])
        )
        color = style.CATEGORIES[0] if i == 0 else style.INK
        shown = np.where(y > 0, y, np.nan)
        axes.plot(x, shown, color=color, label=curve.role, **style.curve_line(curve.role))
        if i == 0:
            limits = _decades(y)
    quantity = r"$dn/d\log_{10} M_*$" if differential else r"$n(>M_*)$"
    unit = r"$\ \ [h^3\,{\rm Mpc}^{-3}%s]$" % (r"\,{\rm dex}^{-1}" if differential else "")
    axes.set_yscale("log", nonpositive="clip")
    axes.set(ylabel=quantity + unit, ylim=limits)


def _decades(y: np.ndarray) -> tuple[float, float] | None:
    """From the last galaxy worth showing to the peak, six decades at most."""
    positive = y[y > 0]
    if not positive.size:
        return None
    return max(positive.min() / 2, positive.max() * 1e-6), positive.max() * 3


def _shade_missing(
    panels: Sequence[Axes],
    bins: HaloBins,
    model: HasMeanRelation,
    curve: Curve,
    edges: np.ndarray,
) -> None:
    lightest = bins.log_mpeak[:1]
    mean, scatter = relation(bins, model, curve.theta)
    limit = float((mean + 2 * scatter)[0])
    if limit <= edges[0]:
        return
    label = f"halos missing below\n$10^{{{lightest[0]:.1f}}}\\,h^{{-1}}M_\\odot$"
    for axes in panels:
        axes.axvspan(
            edges[0],
            min(limit, edges[-1]),
            color=style.CATEGORIES[4],
            alpha=0.18,
            linewidth=0,
            label=label,
        )


def _draw_data(
    panels: Sequence[Axes],
    curves: Sequence[Curve],
    observables: Observables,
    data: DataVector,
    chosen: np.ndarray,
) -> None:
    """Data points above, (data - model) / error below."""
    low, high = np.array([sample[:2] for sample in observables.n])[chosen].T
    width = np.where(np.isfinite(high), high - low, 1.0)
    x = np.where(np.isfinite(high), low + width / 2, low)
    values, errors = (
        np.asarray(part.n, np.float64)[chosen] for part in (data.parts, data.error_parts)
    )
    half = np.where(np.isfinite(high), width / 2, 0.0)
    panels[0].errorbar(
        x,
        values / width,
        errors / width,
        half,
        fmt="o",
        color=style.CATEGORIES[1],
        markeredgecolor="white",
        markeredgewidth=0.6,
        markersize=6.5,
        elinewidth=1.3,
        label="data",
        zorder=4,
    )
    _hold(panels[0], values / width)
    _residuals.draw_residual_frame(panels[1], r"$(d-m)/\sigma$")
    pull = (values - curves[0].prediction.n[chosen]) / errors
    _residuals.draw_residual_points(panels[1], x, pull, color=style.CATEGORIES[1], marker="o")
    _residuals.finish_residuals(panels[1], [pull])


def _hold(axes: Axes, values: np.ndarray) -> None:
    """Widen the limits to every positive value."""
    positive = values[values > 0]
    low, high = axes.get_ylim()
    if positive.size:
        axes.set_ylim(min(low, positive.min() / 2), max(high, positive.max() * 2))
