"""Galaxy–galaxy lensing of every sample."""

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
def lensing_figure(
    curves: Sequence[Curve], observables: Observables, data: DataVector | None = None
) -> Figure:
    """ΔΣ(R) against the data, with residuals in units of the errors.

    Args:
        curves: The model first; truth dashed, start dotted.
        observables: Their layout, with at least one sample of ΔΣ.
        data: Measured, or None.
    """
    return draw_separations(
        SeparationStatistic(
            separation=observables.r,
            samples=observables.delta_sigma,
            curves=[(curve.role, curve.prediction.delta_sigma) for curve in curves],
            data=measured(data, "delta_sigma"),
            x_label=r"$R\ \ [h^{-1}\,{\rm Mpc}]$",
            y_label=r"$\Delta\Sigma\ \ [h\,M_\odot\,{\rm pc}^{-2}]$",
        )
    )
