"""The way of a training: its losses by step."""

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from halograd.report import style

if TYPE_CHECKING:
    from halograd.network_training.history import TrainingHistory

_LABELS = {
    "misfit": "before the correction",
    "gradient": "along a random direction",
}
_POINTS = 120  # of a curve: means over stretches of equal length in log step


@style.styled
def training_figure(history: "TrainingHistory") -> Figure:
    """Root mean squares of the misfit and of its derivative.

    Args:
        history: Of the steps done.
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
