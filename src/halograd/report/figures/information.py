"""Where the information on parameters comes from: single numbers, and small scales."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, PowerNorm
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from halograd.inference import Observables, Sample, ScaleCuts
from halograd.models import Parameter
from halograd.report import style
from halograd.report.log_labels import use_log_scale

_MOST_LABELS = 40  # of columns, before every other one is left out
_COLORS = LinearSegmentedColormap.from_list(
    "halograd_importance", ("#ffffff", "#9cc7e0", style.CATEGORIES[0], "#0b2545")
)


class _Panel(NamedTuple):
    """One statistic: groups of columns, such as samples, with the labels of the columns."""

    title: str
    groups: tuple[str, ...]
    labels: list[str]
    x_label: str


@style.styled
def data_importance_figure(
    loss: np.ndarray, observables: Observables, parameters: Sequence[Parameter]
) -> Figure:
    """A row for each parameter, a column for each number, a panel for each statistic.

    Args:
        loss: (n_data, n_parameter), `inference.information_loss`, in [0, 1] or NaN.
        observables: Layout of the data.
        parameters: The columns of `loss`.
    """
    panels = list(_panels(observables))
    figure = style.new_figure(
        1.35 * style.WIDTH, (0.75 + 0.27 * len(parameters)) * len(panels) + 0.3
    )
    grid = list(figure.subplots(len(panels), 1, squeeze=False)[:, 0])
    most = max(len(panel.labels) for panel in panels)
    top = 100 * np.nanmax(loss, initial=0.0)
    # A square root, so that the many numbers that say a little show too.
    norm = PowerNorm(0.5, vmin=0, vmax=top if top > 0 else 1)
    start, image = 0, None
    for axes, panel in zip(grid, panels, strict=True):
        stop = start + len(panel.labels)
        shown = 100 * loss[start:stop].T
        image = axes.imshow(shown, aspect="auto", cmap=_COLORS, norm=norm, interpolation="nearest")
        _label(axes, panel, parameters)
        _outline(axes, len(panel.labels), len(parameters))
        axes.set_xlim(-0.5, most - 0.5)
        start = stop
    figure.colorbar(image, ax=grid, label="information lost without it [%]", pad=0.01)
    return figure


def _panels(layout: Observables) -> Iterator[_Panel]:
    for statistic in layout.statistics:
        look, title = statistic.style, rf"${statistic.style.symbol}$"
        if not len(statistic.separation):
            labels = [_short(sample) for sample in statistic.samples]
            yield _Panel(title, (), labels, r"$\log M_*$")
            continue
        groups = [
            sample.label if kind is None else f"{sample.label}\n$\\ell={kind}$"
            for sample in statistic.samples
            for kind in statistic.orders or (None,)
        ]
        labels = [f"{middle:.2g}" for middle in statistic.separation] * len(groups)
        yield _Panel(title, tuple(groups), labels, look.x_label)


def _short(sample: Sample) -> str:
    if sample.kind != "all" or not sample.has_range:
        return sample.name
    return f">{sample.low:g}" if np.isinf(sample.high) else f"{sample.low:g}–{sample.high:g}"


def _label(axes: Axes, panel: _Panel, parameters: Sequence[Parameter]) -> None:
    n = len(panel.labels)
    step = -(-n // _MOST_LABELS)
    axes.set_xticks(range(0, n, step), panel.labels[::step], rotation=90, fontsize=8)
    axes.set_yticks(range(len(parameters)), [p.label for p in parameters], fontsize=11)
    axes.set_ylabel(panel.title)
    axes.set_xlabel(panel.x_label, fontsize=11, loc="left")
    for which in ("x", "y"):
        style.no_minor_ticks(axes, which)
    width = n // max(len(panel.groups), 1)
    for i, group in enumerate(panel.groups):
        if i:
            axes.axvline(i * width - 0.5, color=style.INK, linewidth=1.2)
        place = (i + 0.5) * width - 0.5, -0.65
        size = 8.5 if "\n" in group else 11
        axes.text(*place, group, ha="center", va="bottom", fontsize=size)


def _outline(axes: Axes, n_column: int, n_row: int) -> None:
    """A frame around the cells, which may end before the panel does."""
    axes.spines[:].set_visible(False)
    axes.tick_params(top=False, right=False)
    look = {"fill": False, "edgecolor": style.INK, "linewidth": 1.2, "clip_on": False}
    axes.add_patch(Rectangle((-0.5, -0.5), n_column, n_row, **look))


@style.styled
def smallest_scale_figure(cuts: ScaleCuts, parameters: Sequence[Parameter]) -> Figure | None:
    """The fraction of 1/σ² of all scales that is left from a smallest scale on.

    Where there are numbers without a scale, the curves end in what they say alone.

    Args:
        cuts: Errors by smallest scale.
        parameters: The columns of its errors.

    Returns:
        None where the data have no scales, or constrain no parameter.
    """
    finite = np.isfinite(cuts.smallest)
    known = np.isfinite(cuts.errors[0])
    if not (finite.any() and known.any()):
        return None
    figure = style.new_figure(style.WIDTH, 4.4)
    axes = figure.subplots()
    scale = np.where(finite, cuts.smallest, 1.3 * cuts.smallest[finite].max())
    for i in np.flatnonzero(known):
        cycle, place = divmod(int(i), len(style.CATEGORIES))
        axes.plot(
            scale,
            (cuts.errors[0, i] / cuts.errors[:, i]) ** 2,
            drawstyle="steps-pre",
            color=style.CATEGORIES[place],
            marker=style.MARKERS[place],
            linestyle="--" if cycle else "-",
            label=parameters[i].label,
        )
    use_log_scale(axes, "x")
    axes.set(ylim=(0, 1.05))
    axes.set_xlabel(r"smallest scale used $[h^{-1}\,{\rm Mpc}]$")
    axes.set_ylabel(r"$\sigma^2({\rm all})\,/\,\sigma^2(>r)$")
    figure.legend(loc="outside upper center", ncols=min(int(known.sum()), 5))
    return figure
