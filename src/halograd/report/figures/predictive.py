"""What the posterior predicts, over the data."""

from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from halograd.inference import DataVector, Predictive, Sample
from halograd.report import style
from halograd.report.figures import _residuals

_QUANTILES = (0.025, 0.16, 0.5, 0.84, 0.975)
STATISTICS = {
    "n": (r"$\log_{10}\, M_*\ \ [M_\odot]$", r"$n\ \ [h^3\,{\rm Mpc}^{-3}]$"),
    "wp": (r"$r_{\rm p}\ \ [h^{-1}\,{\rm Mpc}]$", r"$w_{\rm p}\ \ [h^{-1}\,{\rm Mpc}]$"),
    "delta_sigma": (
        r"$R\ \ [h^{-1}\,{\rm Mpc}]$",
        r"$\Delta\Sigma\ \ [h\,M_\odot\,{\rm pc}^{-2}]$",
    ),
}
"""Labels of both axes, by the name of the statistic."""


class _Row(NamedTuple):
    """One sample: x, quantiles (5, n), data and errors (n,), and its look."""

    x: np.ndarray
    quantiles: np.ndarray
    data: np.ndarray
    errors: np.ndarray
    color: tuple[float, ...]
    marker: str
    label: str


@style.styled
def predictive_figure(predictive: Predictive, data: DataVector, statistic: str) -> Figure:
    """Bands of 68 and 95 % of one statistic over the measurements, with residuals below.

    The bands are those of the noiseless statistics; below, everything is measured from the
    median of the posterior in units of the errors of the data.

    Args:
        predictive: At draws of the posterior.
        data: What the posterior was conditioned on.
        statistic: "n", "wp" or "delta_sigma"; the data must have it.
    """
    rows = _rows(predictive, data, statistic)
    figure = style.new_figure(style.WIDTH, 6.4)
    figure.get_layout_engine().set(hspace=0.0, h_pad=0.02)
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=[3, 1.3])
    above.set_yscale("log", nonpositive="clip")
    x_label, y_label = STATISTICS[statistic]
    above.set(ylabel=y_label, ylim=_limits(rows))
    if statistic != "n":
        above.set_xscale("log")
    _residuals.draw_residual_frame(below, r"$(d-m)/\sigma$")
    for row in rows:
        _draw_values(above, row)
        _draw_residuals(below, row)
    _residuals.finish_residuals(below, [(r.data - r.quantiles[2]) / r.errors for r in rows])
    below.set_xlabel(x_label)
    _draw_legend(above, rows, statistic)
    return figure


def _rows(predictive: Predictive, data: DataVector, statistic: str) -> list[_Row]:
    layout = data.observables
    bands = [getattr(part, statistic) for part in predictive.bands(_QUANTILES)]
    values, errors = (
        np.asarray(getattr(part, statistic), np.float64) for part in (data.parts, data.error_parts)
    )
    samples = getattr(layout, statistic)
    quantiles = np.stack(bands)
    if statistic == "n":
        color = style.CATEGORIES[0]
        return [_Row(_middles(samples), quantiles, values, errors, color, "o", "data")]
    x = layout.rp if statistic == "wp" else layout.r
    colors = style.sample_colors(len(samples))
    return [
        _Row(x, quantiles[:, i], values[i], errors[i], colors[i], _marker(i), sample.label)
        for i, sample in enumerate(samples)
    ]


def _middles(samples: tuple[Sample, ...]) -> np.ndarray:
    return np.array([s.low if np.isinf(s.high) else (s.low + s.high) / 2 for s in samples])


def _marker(i: int) -> str:
    return style.MARKERS[i % len(style.MARKERS)]


def _limits(rows: list[_Row]) -> tuple[float, float] | None:
    values = np.concatenate([np.concatenate([row.quantiles.ravel(), row.data]) for row in rows])
    positive = values[values > 0]
    return (positive.min() / 2, positive.max() * 2) if positive.size else None


def _draw_values(axes: Axes, row: _Row) -> None:
    _draw_bands(axes, row.x, row.quantiles, row.color)
    positive = row.data > 0  # the others show in the residuals
    axes.errorbar(
        row.x[positive],
        row.data[positive],
        row.errors[positive],
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
    _residuals.draw_residual_points(axes, row.x, pull, color=row.color, marker=row.marker)


def _draw_bands(axes: Axes, x: np.ndarray, quantiles: np.ndarray, color: object) -> None:
    if len(x) == 1:  # a band needs a width
        x, quantiles = np.array([x[0] - 0.05, x[0] + 0.05]), np.repeat(quantiles, 2, axis=1)
    for low, high, alpha in ((0, 4, 0.2), (1, 3, 0.35)):
        axes.fill_between(x, quantiles[low], quantiles[high], color=color, alpha=alpha, linewidth=0)
    axes.plot(x, quantiles[2], color=color, linewidth=1.3)


def _draw_legend(axes: Axes, rows: list[_Row], statistic: str) -> None:
    points = [
        Line2D([], [], color=row.color, marker=row.marker, linestyle="", label=row.label)
        for row in rows
    ]
    bands = [
        Patch(color=style.GREY, alpha=alpha, label=label)
        for alpha, label in ((0.6, "68 % of the posterior"), (0.3, "95 %"))
    ]
    corner = "lower left" if statistic == "n" else "upper right"
    axes.add_artist(axes.legend(handles=points, loc=corner))
    axes.legend(handles=bands, loc="upper right" if statistic == "n" else "lower left")
