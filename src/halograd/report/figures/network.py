"""The training of a network, and its errors on draws it has not seen."""

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from halograd.report import style

if TYPE_CHECKING:
    from halograd.network_training.history import TrainingHistory
    from halograd.network_training.validate import FamilyResult, Validation

_LABELS = {
    "misfit": "before the correction",
    "gradient": "along a random direction",
}
_POINTS = 120  # of a curve: means over stretches of equal length in log step
_METHODS = {"network": "network", "exact": "exact solver", "published": "published network"}
_FLOOR = 1e-7  # dex
_N_WORST = 5


@style.styled
def training_figure(history: "TrainingHistory") -> Figure:
    """Root mean squares of the misfit and of its derivative.

    Args:
        history: Loss and misfit of the steps done.
    """
    figure = style.new_figure(style.WIDTH, 6.0)
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=[3, 2])
    for axes, column in ((above, "misfit"), (below, "gradient")):
        _draw(axes, history, column)
        axes.set(xscale="log", yscale="log")
        axes.legend(loc="lower left")
    above.set_ylabel(r"misfit of $\log_{10}\phi$ / dex")
    below.set_ylabel("its derivative / dex")
    below.set_xlabel("step")
    return figure


def _draw(axes: Axes, history: "TrainingHistory", column: str) -> None:
    values = np.sqrt(np.asarray(history[column], np.float64))
    steps = np.arange(1, len(values) + 1)
    color = style.CATEGORIES[list(_LABELS).index(column)]
    axes.plot(steps, values, ".", color=color, alpha=0.15, markersize=2, rasterized=True)
    axes.plot(*_smoothed(steps, values), color=color, label=_LABELS[column])


def _smoothed(steps: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Root mean squares over stretches of steps; steps without a finite value are left out."""
    finite = np.isfinite(values)
    steps, values = steps[finite], values[finite]
    if not len(steps):
        return steps, values
    stretch = np.floor(_POINTS * np.log(steps) / np.log(max(steps[-1], 2))).astype(int)
    _, group = np.unique(stretch, return_inverse=True)
    count = np.bincount(group)
    mean = np.bincount(group, np.log(steps)) / count
    return np.exp(mean), np.sqrt(np.bincount(group, values**2) / count)


@style.styled
def validation_figure(validation: "Validation") -> Figure:
    """Size of the error of log10 φ against stellar mass, one panel a family.

    Bands run from the median to the 99th percentile of the solvable draws; lines show the worst.
    """
    from halograd.network_training.recovery import COMPARED

    found = validation.families
    figure = style.new_figure(style.WIDTH, 3.1 * len(found) + 0.6)
    panels = figure.subplots(len(found), 1, sharex=True, squeeze=False)[:, 0]
    for axes, result in zip(panels, found, strict=True):
        for i, (method, label) in enumerate(_METHODS.items()):
            error = _error(result, method)
            if error is not None and len(error):
                _band(axes, COMPARED, np.abs(error), style.CATEGORIES[i], label)
        axes.set(yscale="log", ylabel=r"$|\Delta \log_{10}\phi|$ / dex")
        axes.set_title(result.family.title, loc="left")
        axes.axhline(0.01, color=style.GREY, linewidth=0.9, linestyle=style.LINES["start"])
    panels[0].legend(loc="upper left", ncols=3)
    panels[-1].set_xlabel(r"$\log_{10} M_* / M_\odot$")
    return figure


@style.styled
def worst_figure(validation: "Validation") -> Figure:
    """The error of log10 φ of the draws that the network does worst, one panel a family."""
    from halograd.network_training.recovery import COMPARED

    found = validation.families
    figure = style.new_figure(style.WIDTH, 2.6 * len(found) + 0.6)
    panels = figure.subplots(len(found), 1, sharex=True, squeeze=False)[:, 0]
    for axes, result in zip(panels, found, strict=True):
        rows = np.flatnonzero(result.solvable)
        worst = np.abs(result.network.error[rows]).max(axis=1)
        for i, row in enumerate(rows[np.argsort(-worst)][:_N_WORST]):
            label = f"draw {row}" + ("" if result.network.in_domain[row] else ", flagged")
            color = style.CATEGORIES[i]
            axes.plot(COMPARED, result.network.error[row], color=color, label=label)
        axes.set_ylabel(r"$\Delta \log_{10}\phi$ / dex")
        axes.set_title(result.family.title, loc="left")
        if len(rows):
            axes.legend(loc="best", fontsize=9)
    panels[-1].set_xlabel(r"$\log_{10} M_* / M_\odot$")
    return figure


def _error(result: "FamilyResult", method: str) -> np.ndarray | None:
    if method == "exact":
        return result.exact_at(result.exact_found)
    found = getattr(result, method)
    return None if found is None else found.error[result.solvable]


def _band(axes: Axes, x: np.ndarray, size: np.ndarray, color: str, label: str) -> None:
    size = np.maximum(size, _FLOOR)
    middle, high = np.percentile(size, [50, 99], axis=0)
    axes.fill_between(x, middle, high, color=color, alpha=0.35, linewidth=0, label=label)
    axes.plot(x, size.max(axis=0), color=color, linewidth=1.0)
