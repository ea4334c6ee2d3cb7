"""Statistics of one number for each sample, such as number densities of kinds of galaxies."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from halograd.inference import DataVector, Observables
from halograd.report import style
from halograd.report.curve import Curve
from halograd.report.figures import _residuals


@style.styled
def single_numbers_figure(
    name: str, curves: Sequence[Curve], observables: Observables, data: DataVector | None = None
) -> Figure:
    """The number of every sample, with residuals in units of the errors below.

    Args:
        name: The statistic.
        curves: The model first; truth and start as open marks.
        observables: Their layout.
        data: Measured, or None.
    """
    statistic = observables[name]
    samples = statistic.samples
    ratios = [3.2, 1] if data else [1]
    figure = style.new_figure(style.WIDTH, 6.2 if data else 4.8)
    figure.get_layout_engine().set(hspace=0.0, h_pad=0.02)
    panels = figure.subplots(len(ratios), 1, sharex=True, height_ratios=ratios, squeeze=False)[:, 0]
    x = np.arange(len(samples))
    for i, curve in enumerate(curves):
        color = style.CATEGORIES[0] if i == 0 else style.INK
        face = color if i == 0 else "none"
        marks = {"marker": "_" if i == 0 else "o", "markersize": 22 if i == 0 else 9}
        values = np.asarray(curve.prediction[name], float)
        panels[0].plot(
            x, values, color=color, markerfacecolor=face, linestyle="", label=curve.role, **marks
        )
    if data:
        values, errors = (
            np.asarray(part[name], np.float64) for part in (data.parts, data.error_parts)
        )
        panels[0].errorbar(x, values, errors, fmt="o", color=style.CATEGORIES[1], label="data")
        _residuals.draw_residual_frame(panels[1], r"$(d-m)/\sigma$")
        pull = (values - np.asarray(curves[0].prediction[name], float)) / errors
        _residuals.draw_residual_points(panels[1], x, pull, color=style.CATEGORIES[1], marker="o")
        _residuals.finish_residuals(panels[1], [pull])
    if statistic.unit == "density":
        panels[0].set_yscale("log", nonpositive="clip")
    panels[0].set_ylabel(statistic.style.y_label)
    panels[0].legend()
    panels[-1].set_xticks(x, [sample.label.replace(", ", "\n") for sample in samples])
    style.no_minor_ticks(panels[-1], "x")
    panels[-1].set_xlim(-0.6, len(samples) - 0.4)
    return figure
