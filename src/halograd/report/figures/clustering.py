"""Projected clustering of every sample."""

from collections.abc import Sequence

from matplotlib.figure import Figure

from halograd.inference import DataVector, Observables
from halograd.report import style
from halograd.report.curve import Curve
from halograd.report.figures._separations import (
    SeparationStatistic,
    draw_separations,
    measured,
)


@style.styled
def clustering_figure(
    curves: Sequence[Curve], observables: Observables, data: DataVector | None = None
) -> Figure:
    """wp(rp) against the data, with residuals in units of the errors.

    Args:
        curves: The model first; truth dashed, start dotted.
        observables: Their layout, with at least one sample of wp.
        data: Measured, or None.
    """
    return draw_separations(
        SeparationStatistic(
            separation=observables.rp,
            samples=observables.wp,
            curves=[(curve.role, curve.prediction.wp) for curve in curves],
            data=measured(data, "wp"),
            x_label=r"$r_{\rm p}\ \ [h^{-1}\,{\rm Mpc}]$",
            y_label=r"$w_{\rm p}\ \ [h^{-1}\,{\rm Mpc}]$",
        )
    )
