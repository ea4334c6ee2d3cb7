"""What clustering and lensing share: a statistic of separation for each sample."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from halograd.inference import DataVector, Sample
from halograd.report import style
from halograd.report.figures import _residuals


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
        samples: Of galaxies, n_sample.
        curves: Role and values (n_sample, n_bin), the model first.
        data: Or None.
        x_label: Of the separation.
        y_label: Of the statistic.
    """

    separation: np.ndarray
    samples: tuple[Sample, ...]
    curves: Sequence[tuple[str, np.ndarray]]
    data: SeparationData | None
    x_label: str
    y_label: str


def draw_separations(statistic: SeparationStatistic) -> Figure:
    """Values in a log–log panel and, with data, residuals below."""
    figure = style.new_figure(style.WIDTH, 6.4 if statistic.data else 5.0)
    ratios = [3.2, 1] if statistic.data else [1]
    panels = figure.subplots(len(ratios), 1, sharex=True, height_ratios=ratios, squeeze=False)[:, 0]
    figure.get_layout_engine().set(hspace=0.0, h_pad=0.02)
    panels[0].set_yscale("log", nonpositive="clip")
    panels[0].set(xscale="log", ylabel=statistic.y_label, ylim=_value_limits(statistic))
    colors = style.sample_colors(len(statistic.samples))
    for row, color in enumerate(colors):
        _draw_sample(panels[0], statistic, row, color)
    _draw_legends(panels[0], statistic, colors)
    if statistic.data:
        _draw_residuals(panels[1], statistic, colors)
    panels[-1].set_xlabel(statistic.x_label)
    return figure


def _value_limits(statistic: SeparationStatistic) -> tuple[float, float] | None:
    """Limits that hold every positive value, whatever the errors."""
    values = [values for _, values in statistic.curves]
    values += [statistic.data.values] if statistic.data else []
    positive = np.concatenate([v.ravel() for v in values])
    positive = positive[positive > 0]
    return (positive.min() / 2.5, positive.max() * 2.5) if positive.size else None


def _draw_sample(axes: Axes, statistic: SeparationStatistic, row: int, color: object) -> None:
    for role, values in statistic.curves:
        shown = np.where(values[row] > 0, values[row], np.nan)
        look = {"color": style.curve_color(color, role), **style.curve_line(role)}
        axes.plot(statistic.separation, shown, **look)
    if statistic.data is None:
        return
    values, errors = statistic.data.values[row], statistic.data.errors[row]
    positive = values > 0  # the others show in the residuals
    axes.errorbar(
        statistic.separation[positive],
        values[positive],
        errors[positive],
        fmt=_marker(row),
        color=color,
        markeredgecolor="white",
        markeredgewidth=0.6,
        markersize=6.5,
        elinewidth=1.3,
        zorder=4,
    )


def _draw_legends(
    axes: Axes, statistic: SeparationStatistic, colors: Sequence[tuple[float, ...]]
) -> None:
    samples = [
        Line2D([], [], color=color, label=s.label, marker=_marker(i) if statistic.data else "")
        for i, (color, s) in enumerate(zip(colors, statistic.samples, strict=True))
    ]
    lines = [
        Line2D([], [], color=style.INK, label=role, **style.curve_line(role))
        for role, _ in statistic.curves
    ]
    axes.add_artist(axes.legend(handles=samples, loc="upper right"))
    if len(lines) > 1:
        axes.legend(handles=lines, loc="lower left")


def _marker(row: int) -> str:
    return style.MARKERS[row % len(style.MARKERS)]


def _draw_residuals(
    axes: Axes, statistic: SeparationStatistic, colors: Sequence[tuple[float, ...]]
) -> None:
    _residuals.draw_residual_frame(axes, r"$(d-m)/\sigma$")
    data, model = statistic.data, statistic.curves[0][1]
    pulls = (data.values - model) / data.errors
    # Points of different samples at one separation, side by side
    offsets = 10 ** (0.022 * (np.arange(len(pulls)) - (len(pulls) - 1) / 2))
    for row, (pull, color) in enumerate(zip(pulls, colors, strict=True)):
        marker = _marker(row)
        x = statistic.separation * offsets[row]
        _residuals.draw_residual_points(axes, x, pull, color=color, marker=marker)
        for role, values in statistic.curves[1:]:
            if role == "truth":
                apart = (values[row] - model[row]) / data.errors[row]
                look = {"color": style.curve_color(color, role), **style.curve_line(role)}
                axes.plot(statistic.separation, apart, **look)
    _residuals.finish_residuals(axes, list(pulls))
