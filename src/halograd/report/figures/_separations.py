"""How statistics of separation are drawn, a line for each sample."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from halograd.inference import DataVector, Sample
from halograd.report import style
from halograd.report.figures import _residuals
from halograd.report.log_labels import use_log_scale
from halograd.statistics import Style


class SeparationData(NamedTuple):
    """Measured values and errors, (n_sample, n_bin) each."""

    values: np.ndarray
    errors: np.ndarray


def measured(data: DataVector | None, name: str) -> SeparationData | None:
    """One statistic of a data vector."""
    if data is None:
        return None
    parts = (getattr(part, name) for part in (data.parts, data.error_parts))
    return SeparationData(*(np.asarray(part, np.float64) for part in parts))


class SeparationStatistic(NamedTuple):
    """One statistic as it is drawn.

    Attributes:
        separation: (n_bin,), comoving Mpc/h.
        samples: Samples of galaxies, n_sample.
        curves: Role and values (n_sample, n_bin), the model first.
        data: Or None.
        look: Symbols and labels of the statistic.
        title: Above its panels.
    """

    separation: np.ndarray
    samples: tuple[Sample, ...]
    curves: Sequence[tuple[str, np.ndarray]]
    data: SeparationData | None
    look: Style
    title: str = ""


def draw_separations(columns: Sequence[SeparationStatistic]) -> Figure:
    """Values in a panel for each column and, with data, residuals below."""
    first, n_column = columns[0], len(columns)
    figure = style.new_figure(style.width_of(n_column), 6.4 if first.data else 5.0)
    ratios = [3.2, 1] if first.data else [1]
    panels = figure.subplots(
        *(len(ratios), n_column), sharex=True, height_ratios=ratios, squeeze=False
    )
    figure.get_layout_engine().set(hspace=0.0, h_pad=0.02)
    colors = style.sample_colors(len(first.samples))
    for axes, statistic in zip(panels.T, columns, strict=True):
        _draw_column(axes, statistic, colors)
        axes[-1].set_xlabel(statistic.look.x_label)
    panels[0, 0].set_ylabel(first.look.y_label)
    for axes in panels[1:, 1:].flat:
        axes.set_ylabel("")
    _draw_legends(figure, panels[0, 0], first, colors)
    return figure


def _draw_column(
    panels: Sequence[Axes], statistic: SeparationStatistic, colors: Sequence[tuple[float, ...]]
) -> None:
    panels[0].set_title(statistic.title)
    for axes in panels:
        use_log_scale(axes, "x")
    if statistic.look.power is None:
        use_log_scale(panels[0], "y")
        panels[0].set_ylim(_value_limits(statistic))
    else:
        panels[0].axhline(0, color=style.GREY, linewidth=0.8)
    for row, color in enumerate(colors):
        _draw_sample(panels[0], statistic, row, color)
    if statistic.data:
        _draw_residuals(panels[1], statistic, colors)


def _value_limits(statistic: SeparationStatistic) -> tuple[float, float] | None:
    """Limits that hold every positive value, whatever the errors."""
    values = [values for _, values in statistic.curves]
    values += [statistic.data.values] if statistic.data else []
    positive = np.concatenate([v.ravel() for v in values])
    positive = positive[positive > 0]
    return (positive.min() / 2.5, positive.max() * 2.5) if positive.size else None


def _draw_sample(axes: Axes, statistic: SeparationStatistic, row: int, color: object) -> None:
    look, x = statistic.look, statistic.separation
    for role, values in statistic.curves:
        hidden = look.power is None and values[row] <= 0
        shown = np.where(hidden, np.nan, look.scaled(values[row], x))
        axes.plot(x, shown, color=style.curve_color(color, role), **style.curve_line(role))
    if statistic.data is None:
        return
    values, errors = (look.scaled(part[row], x) for part in statistic.data)
    shown = (values > 0) | (look.power is not None)  # the others show in the residuals
    axes.errorbar(
        style.dodge(x, row, len(statistic.samples))[shown],
        values[shown],
        errors[shown],
        fmt=_marker(row),
        color=color,
        markeredgecolor="white",
        markeredgewidth=0.6,
        markersize=6.5,
        elinewidth=1.3,
        zorder=4,
    )


def _draw_legends(
    figure: Figure,
    axes: Axes,
    statistic: SeparationStatistic,
    colors: Sequence[tuple[float, ...]],
) -> None:
    """Samples in the panel, where falling lines leave room; the kinds of lines above it."""
    samples = [
        Line2D([], [], color=color, label=s.label, marker=_marker(i) if statistic.data else "")
        for i, (color, s) in enumerate(zip(colors, statistic.samples, strict=True))
    ]
    lines = [
        Line2D([], [], color=style.INK, label=role, **style.curve_line(role))
        for role, _ in statistic.curves
    ]
    axes.legend(handles=samples, loc="upper right" if statistic.look.power is None else "best")
    if len(lines) > 1:
        figure.legend(handles=lines, loc="outside upper center", ncols=len(lines))


def _marker(row: int) -> str:
    return style.MARKERS[row % len(style.MARKERS)]


def _draw_residuals(
    axes: Axes, statistic: SeparationStatistic, colors: Sequence[tuple[float, ...]]
) -> None:
    _residuals.draw_residual_frame(axes, r"$(d-m)/\sigma$")
    data, model = statistic.data, statistic.curves[0][1]
    pulls = (data.values - model) / data.errors
    for row, (pull, color) in enumerate(zip(pulls, colors, strict=True)):
        marker = _marker(row)
        x = style.dodge(statistic.separation, row, len(pulls))
        _residuals.draw_residual_points(axes, x, pull, color=color, marker=marker)
        for role, values in statistic.curves[1:]:
            if role == "truth":
                apart = (values[row] - model[row]) / data.errors[row]
                look = {"color": style.curve_color(color, role), **style.curve_line(role)}
                axes.plot(statistic.separation, apart, **look)
    _residuals.finish_residuals(axes, list(pulls))
