"""A published measurement on its own."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from halograd.inference import Sample
from halograd.observations import Observation
from halograd.registries import STATISTICS
from halograd.report import style
from halograd.report.log_labels import use_log_scale

_STELLAR_MASS = r"$\log_{10}\, M_*\ \ [M_\odot]$"
_DENSITY_PER_DEX = r"$dn/d\log M_*\ \ [h^3\,{\rm Mpc}^{-3}]$"


@style.styled
def observation_figure(observation: Observation) -> Figure:
    """Values with their errors, bins as horizontal bars; densities are shown per dex.

    Args:
        observation: Measurement of any statistic; values that are not positive are left out.
    """
    figure = style.new_figure(style.WIDTH, 5.0)
    axes = figure.subplots()
    use_log_scale(axes, "y")
    if observation.edges is None:
        axes.set(xlabel=_STELLAR_MASS, ylabel=_DENSITY_PER_DEX)
        _draw_density(axes, observation)
    else:
        labels = STATISTICS[observation.statistic].style
        axes.set(xlabel=labels.x_label, ylabel=labels.y_label)
        _draw_profiles(axes, observation)
    axes.set_title(observation.title)
    return figure


def _draw_density(axes: Axes, observation: Observation) -> None:
    edges = np.array(observation.samples)
    width = np.diff(edges, axis=1)
    values, errors = observation.values / width, observation.errors / width
    _points(axes, edges[:, 0], edges[:, 1], edges.mean(axis=1), values[:, 0], errors[:, 0])


def _draw_profiles(axes: Axes, observation: Observation) -> None:
    use_log_scale(axes, "x")
    low, high = observation.edges[:-1], observation.edges[1:]
    colors = style.sample_colors(len(observation.samples))
    for row, sample in enumerate(observation.samples):
        values, errors = observation.values[row], observation.errors[row]
        look = {"color": colors[row], "fmt": style.MARKERS[row % len(style.MARKERS)]}
        label = Sample(*sample).label
        _points(axes, low, high, observation.separations, values, errors, label=label, **look)
    positive = observation.values[observation.values > 0]
    if positive.size:
        axes.set_ylim(positive.min() / 2.5, positive.max() * 2.5)
    axes.legend(loc="upper right")


def _points(
    axes: Axes,
    low: np.ndarray,
    high: np.ndarray,
    centre: np.ndarray,
    values: np.ndarray,
    errors: np.ndarray,
    **look: object,
) -> None:
    shown = values > 0
    look = {"color": style.CATEGORIES[0], "fmt": "o"} | look
    axes.errorbar(
        centre[shown],
        values[shown],
        errors[shown],
        xerr=(centre[shown] - low[shown], high[shown] - centre[shown]),
        markeredgecolor="white",
        markeredgewidth=0.6,
        markersize=6.5,
        elinewidth=1.2,
        **look,
    )
