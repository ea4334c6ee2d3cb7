"""One statistic of separation, of every sample."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from halograd.inference import DataVector, Observables
from halograd.registries import STATISTICS
from halograd.report import style
from halograd.report.curve import Curve
from halograd.report.figures._separations import SeparationStatistic, draw_separations, measured


@style.styled
def separations_figure(
    name: str,
    curves: Sequence[Curve],
    observables: Observables,
    data: DataVector | None = None,
    note: str = "",
) -> Figure:
    """A statistic against the data, with residuals in units of the errors.

    Args:
        name: "wp", "delta_sigma", "xi", "multipoles" or "wedges"; `observables` must have it.
        curves: The model first; truth dashed, start dotted.
        observables: Their layout.
        data: Measured, or None.
        note: Above the panel, where there is one.
    """
    statistic = observables[name]
    found = measured(data, name)
    columns = []
    for place, kind in enumerate(statistic.orders or (None,)):

        def chosen(values: np.ndarray, place: int = place) -> np.ndarray:
            return values[:, place] if statistic.orders else values

        columns.append(
            SeparationStatistic(
                separation=statistic.separation,
                samples=statistic.samples,
                curves=[(curve.role, chosen(getattr(curve.prediction, name))) for curve in curves],
                data=found and type(found)(*map(chosen, found)),
                look=STATISTICS[name].style,
                title=note if kind is None else rf"${STATISTICS[name].style.symbol_of(kind)}$",
            )
        )
    return draw_separations(columns)
