"""What the posterior predicts, over the data."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from halograd.inference import DataVector, Predictive, Sample
from halograd.registries import STATISTICS
from halograd.report import style
from halograd.report.figures import _residuals
from halograd.report.log_labels import use_log_scale
from halograd.samples import Cross
from halograd.statistics import Statistic, Style

_QUANTILES = (0.025, 0.16, 0.5, 0.84, 0.975)


class _Row(NamedTuple):
    """One sample: x, quantiles (5, n), data and errors (n,), its look, and where its points are."""

    x: np.ndarray
    quantiles: np.ndarray
    data: np.ndarray
    errors: np.ndarray
    color: tuple[float, ...]
    marker: str
    label: str
    points: np.ndarray


@style.styled
def predictive_figure(
    predictive: Predictive, data: DataVector, statistic: str, note: str = ""
) -> Figure:
    """Bands of 68 and 95 % of one statistic over the measurements, with residuals below.

    The bands are those of the noiseless statistics; below, everything is measured from the
    median of the posterior in units of the errors of the data.

    Args:
        predictive: At draws of the posterior.
        data: What the posterior was conditioned on.
        statistic: Its name; the data must have it.
        note: Above the panel, where there is one.
    """
    layout, look = data.observables[statistic], STATISTICS[statistic].style
    kinds = layout.orders or (None,)
    figure = style.new_figure(style.width_of(len(kinds)), 6.4)
    figure.get_layout_engine().set(hspace=0.0, h_pad=0.02)
    panels = figure.subplots(2, len(kinds), sharex=True, height_ratios=[3, 1.3], squeeze=False)
    for place, (kind, column) in enumerate(zip(kinds, panels.T, strict=True)):
        rows = _rows(predictive, data, layout, None if kind is None else place)
        _draw_column(column, rows, look, is_log_x=bool(len(layout.separation)))
        column[0].set_title(note if kind is None else rf"${look.symbol_of(kind)}$")
    panels[0, 0].set_ylabel(look.y_label)
    if not len(layout.separation) and not are_ranges(layout.samples):
        names = [sample.label.replace(", ", "\n") for sample in layout.samples]
        panels[-1, 0].set_xticks(range(len(names)), names)
        panels[-1, 0].set_xlabel("")
    _draw_legend(figure, panels[0, 0], rows, look)
    return figure


def _draw_column(panels: Sequence[Axes], rows: list[_Row], look: Style, *, is_log_x: bool) -> None:
    above, below = panels
    if look.power is None:
        use_log_scale(above, "y")
        above.set_ylim(_limits(rows))
    else:
        above.axhline(0, color=style.GREY, linewidth=0.8)
    if is_log_x:
        for axes in panels:
            use_log_scale(axes, "x")
    _residuals.draw_residual_frame(below, r"$(d-m)/\sigma$")
    for row in rows:
        _draw_values(above, row, look)
        _draw_residuals(below, row)
    _residuals.finish_residuals(below, [(r.data - r.quantiles[2]) / r.errors for r in rows])
    below.set_xlabel(look.x_label)


def _rows(
    predictive: Predictive, data: DataVector, layout: Statistic, place: int | None
) -> list[_Row]:
    """The samples of a statistic, of its kind at a place where it has several."""
    bands = [getattr(part, layout.name) for part in predictive.bands(_QUANTILES)]
    parts = [np.asarray(getattr(p, layout.name), float) for p in (data.parts, data.error_parts)]
    if place is not None:
        bands, parts = ([part[:, place] for part in listed] for listed in (bands, parts))
    quantiles, (values, errors) = np.stack(bands), parts
    samples = layout.samples
    if not len(layout.separation):
        x, color = _middles(samples), style.CATEGORIES[0]
        return [_Row(x, quantiles, values, errors, color, "o", "data", x)]
    x, colors = layout.separation, style.sample_colors(len(samples))
    return [
        _Row(
            *(x, quantiles[:, i], values[i], errors[i], colors[i], _marker(i), sample.label),
            style.dodge(x, i, len(samples)),
        )
        for i, sample in enumerate(samples)
    ]


def _middles(samples: tuple[Sample, ...]) -> np.ndarray:
    """Where samples stand: by stellar mass, or side by side where some are of a kind."""
    if not are_ranges(samples):
        return np.arange(len(samples), dtype=float)
    return np.array([s.low if np.isinf(s.high) else (s.low + s.high) / 2 for s in samples])


def are_ranges(samples: tuple[Sample | Cross, ...]) -> bool:
    """Whether all samples are ranges of stellar mass, of every kind, with a lower end."""
    return all(isinstance(s, Sample) and s.kind == "all" and np.isfinite(s.low) for s in samples)


def _marker(i: int) -> str:
    return style.MARKERS[i % len(style.MARKERS)]


def _limits(rows: list[_Row]) -> tuple[float, float] | None:
    values = np.concatenate([np.concatenate([row.quantiles.ravel(), row.data]) for row in rows])
    positive = values[values > 0]
    return (positive.min() / 2, positive.max() * 2) if positive.size else None


def _draw_values(axes: Axes, row: _Row, look: Style) -> None:
    quantiles, values, errors = (
        look.scaled(part, row.x) for part in (row.quantiles, row.data, row.errors)
    )
    _draw_bands(axes, row.x, quantiles, row.color)
    shown = (values > 0) | (look.power is not None)  # the others show in the residuals
    axes.errorbar(
        row.points[shown],
        values[shown],
        errors[shown],
        fmt=row.marker,
        color=row.color,
        markeredgecolor="white",
        markeredgewidth=0.6,
        markersize=6.5,
        elinewidth=1.3,
        zorder=4,
    )


def _draw_residuals(axes: Axes, row: _Row) -> None:
    median = row.quantiles[2]
    _draw_bands(axes, row.x, (row.quantiles - median) / row.errors, row.color)
    pull = (row.data - median) / row.errors
    _residuals.draw_residual_points(axes, row.points, pull, color=row.color, marker=row.marker)


def _draw_bands(axes: Axes, x: np.ndarray, quantiles: np.ndarray, color: object) -> None:
    if len(x) == 1:  # a band needs a width
        x, quantiles = np.array([x[0] - 0.05, x[0] + 0.05]), np.repeat(quantiles, 2, axis=1)
    for low, high, alpha in ((0, 4, 0.2), (1, 3, 0.35)):
        axes.fill_between(x, quantiles[low], quantiles[high], color=color, alpha=alpha, linewidth=0)
    axes.plot(x, quantiles[2], color=color, linewidth=1.3)


def _draw_legend(figure: Figure, axes: Axes, rows: list[_Row], look: Style) -> None:
    """Samples in the panel, where falling lines leave room; the bands above it."""
    points = [
        Line2D([], [], color=row.color, marker=row.marker, linestyle="", label=row.label)
        for row in rows
    ]
    bands = [
        Patch(color=style.GREY, alpha=alpha, label=label)
        for alpha, label in ((0.6, "68 % of the posterior"), (0.3, "95 %"))
    ]
    axes.legend(handles=points, loc="upper right" if look.power is None else "best")
    figure.legend(handles=bands, loc="outside upper center", ncols=2)
