"""How every statistic answers to every parameter."""

from collections.abc import Mapping, Sequence
from math import lcm
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from halograd.inference import DataVector, Observables, Sample
from halograd.models import Parameter
from halograd.report import style
from halograd.report.curve import Curve
from halograd.report.figures.predictive import are_ranges
from halograd.report.log_labels import use_log_scale
from halograd.statistics import Statistic, Style


@style.styled
def gradients_figure(
    curve: Curve,
    observables: Observables,
    parameters: Sequence[Parameter],
    *,
    data: DataVector | None = None,
    steps: Mapping[str, float] | None = None,
) -> Figure:
    """Exact derivatives, one row per statistic, one line per parameter.

    With data, the change of each number in units of its error when a parameter rises by its
    step; without, d ln(statistic) / dθ.

    Args:
        curve: Holds the Jacobian.
        observables: Its layout.
        parameters: Which are drawn.
        data: For the errors, or None.
        steps: Step of each parameter, its error from a fit; one unit where it is missing or not
            finite.
    """
    steps = _finite_steps(parameters, steps)
    responses = _responses(curve, observables, parameters, data, steps)
    rows = _rows(observables)
    figure = style.new_figure(style.WIDTH, 0.9 + 2.05 * len(rows))
    for panels, row in zip(_panels(figure, rows), rows, strict=True):
        samples, part = row.statistic.samples, row.part(responses)
        if row.is_single:
            _draw_densities(panels, samples, part)
        else:
            _draw_separations(panels, samples, row.statistic.separation, part)
        for axes in panels:
            by_name = row.is_single and not are_ranges(samples)
            axes.set_xlabel("" if by_name else row.look.x_label)
        panels[0].set_ylabel(_response_label(row.symbol, data is not None))
    figure.align_ylabels()
    _draw_legend(figure, parameters, steps, data is not None)
    return figure


def _finite_steps(
    parameters: Sequence[Parameter], steps: Mapping[str, float] | None
) -> dict[str, float]:
    steps = steps or {}
    given = {p.name: float(steps.get(p.name, np.inf)) for p in parameters}
    return {name: step if np.isfinite(step) else 1.0 for name, step in given.items()}


def _responses(
    curve: Curve,
    observables: Observables,
    parameters: Sequence[Parameter],
    data: DataVector | None,
    steps: Mapping[str, float],
) -> list:
    """For each parameter, the statistics of its response."""
    if data is None:
        vector = np.asarray(curve.prediction.vector)
        unit = np.where(vector != 0, vector, np.nan)
        slopes = [curve.jacobian[p.name] / unit for p in parameters]
    else:
        slopes = [curve.jacobian[p.name] * steps[p.name] / data.errors for p in parameters]
    return [observables.split(slope) for slope in slopes]


class _Row(NamedTuple):
    """A statistic, or one of its kinds by place and name."""

    statistic: Statistic
    place: int | None
    kind: int | None

    @property
    def look(self) -> Style:
        return self.statistic.style

    @property
    def is_single(self) -> bool:
        """Whether a sample has one number, and not one for each separation."""
        return not len(self.statistic.separation)

    @property
    def n_panel(self) -> int:
        samples = self.statistic.samples
        return len(_density_kinds(samples) if self.is_single else samples)

    @property
    def symbol(self) -> str:
        return self.look.symbol_of(self.kind)

    def part(self, responses: list) -> list[np.ndarray]:
        parts = [np.asarray(getattr(response, self.statistic.name)) for response in responses]
        return parts if self.place is None else [part[:, self.place] for part in parts]


def _rows(observables: Observables) -> list[_Row]:
    return [
        _Row(statistic, place, kind)
        for statistic in observables.statistics
        for place, kind in (enumerate(statistic.orders) if statistic.orders else [(None, None)])
    ]


def _panels(figure: Figure, rows: Sequence[_Row]) -> list[list[Axes]]:
    """A row of panels for each statistic, all rows of one width whatever their number."""
    n_column = lcm(*(row.n_panel for row in rows))
    grid = figure.add_gridspec(len(rows), n_column, wspace=0.0)
    panels = []
    for i, row in enumerate(rows):
        width, shown = n_column // row.n_panel, []
        for column in range(0, n_column, width):
            axes = figure.add_subplot(
                grid[i, column : column + width],
                sharey=shown[0] if shown else None,
                sharex=shown[0] if shown and not row.is_single else None,
            )
            axes.tick_params(labelleft=not shown)
            shown.append(axes)
        panels.append(shown)
    return panels


def _response_label(symbol: str, has_data: bool) -> str:
    if has_data:
        return rf"$\delta {symbol}\,/\,\sigma_{{{symbol}}}$"
    return rf"$\partial \ln {symbol}\,/\,\partial\theta$"


def _draw_densities(
    panels: Sequence[Axes], samples: tuple[Sample, ...], responses: list[np.ndarray]
) -> None:
    """Bins at their middle, thresholds at their edge, in a panel each."""
    if not are_ranges(samples):
        _draw_by_name(panels[0], samples, responses)
        return
    low, high = np.array([sample[:2] for sample in samples]).T
    for axes, is_bin in zip(panels, _density_kinds(samples), strict=True):
        chosen = np.isfinite(high) == is_bin
        x = (low[chosen] + high[chosen]) / 2 if is_bin else low[chosen]
        axes.axhline(0, color=style.GREY, linewidth=0.8)
        for i, response in enumerate(responses):
            axes.plot(x, response[chosen], **_look(i), linewidth=1.4)
        axes.set_title("in bins" if is_bin else "above thresholds", fontsize=11.5, pad=4)
        axes.margins(x=0.12)


def _draw_by_name(axes: Axes, samples: tuple[Sample, ...], responses: list[np.ndarray]) -> None:
    """Samples side by side, where they are not ranges of stellar mass alone."""
    axes.axhline(0, color=style.GREY, linewidth=0.8)
    for i, response in enumerate(responses):
        axes.plot(range(len(samples)), response, **{**_look(i), "linestyle": ""})
    axes.set_xticks(range(len(samples)), [s.label.replace(", ", "\n") for s in samples])
    axes.margins(x=0.12)


def _density_kinds(samples: tuple[Sample, ...]) -> list[bool]:
    """Whether there are bins (True) and thresholds (False)."""
    if not are_ranges(samples):
        return [True]
    return sorted({bool(np.isfinite(sample.high)) for sample in samples}, reverse=True)


def _draw_separations(
    panels: Sequence[Axes],
    samples: tuple[Sample, ...],
    x: np.ndarray,
    responses: list[np.ndarray],
) -> None:
    for column, (axes, sample) in enumerate(zip(panels, samples, strict=True)):
        axes.axhline(0, color=style.GREY, linewidth=0.8)
        for i, response in enumerate(responses):
            axes.plot(x, response[column], **{**_look(i), "marker": ""}, linewidth=1.8)
        use_log_scale(axes, "x")
        axes.set_title(sample.label, fontsize=11.5, pad=4)


def _look(i: int) -> dict[str, str]:
    """Colour and marker of a parameter; dashed from where the colours start again."""
    cycle, place = divmod(i, len(style.CATEGORIES))
    return {
        "color": style.CATEGORIES[place],
        "marker": style.MARKERS[place],
        "linestyle": "--" if cycle else "-",
    }


def _draw_legend(
    figure: Figure, parameters: Sequence[Parameter], steps: Mapping[str, float], has_data: bool
) -> None:
    handles = []
    for i, p in enumerate(parameters):
        label = rf"{p.label} $({steps[p.name]:+.2g})$" if has_data else p.label
        handles.append(Line2D([], [], label=label, **_look(i)))
    figure.legend(
        handles=handles,
        loc="outside upper center",
        ncols=len(handles) if len(handles) <= 4 else min((len(handles) + 1) // 2, 4),
        columnspacing=1.4,
    )
