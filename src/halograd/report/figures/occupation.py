"""Expected galaxies of each sample by halo mass."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from halograd.catalogs import HaloCatalog
from halograd.models import GalaxyHaloModel
from halograd.models.model import expected_galaxies
from halograd.predict.predictor import columns_of
from halograd.report import style
from halograd.report.curve import Curve
from halograd.report.figures._halo_mass_axis import halo_mass_label
from halograd.samples import Sample

_STEP = 0.1  # dex
_DECADES = 5  # of galaxies per halo shown


@style.styled
def occupation_figure(
    halos: HaloCatalog, model: GalaxyHaloModel, curve: Curve, samples: Sequence[Sample]
) -> Figure:
    """Mean number of galaxies of each sample on halos and subhalos of a mass.

    Args:
        halos: The catalogue, not empty.
        model: Gives expected numbers.
        curve: Parameters.
        samples: What is counted.
    """
    weights = np.asarray(
        expected_galaxies(model, curve.theta, columns_of(halos, model), samples), np.float64
    )
    groups = {"central halos": ~halos.is_satellite, "subhalos": halos.is_satellite}
    groups = {name: chosen for name, chosen in groups.items() if chosen.any()}
    figure = style.new_figure(style.width_of(len(groups)), 5.0)
    panels = figure.subplots(1, len(groups), sharex=True, sharey=True, squeeze=False)[0]
    edges = _STEP * np.arange(
        np.floor(halos.log_mpeak.min() / _STEP), np.ceil(halos.log_mpeak.max() / _STEP) + 1.5
    )
    colors = style.sample_colors(len(samples))
    for axes, (name, chosen) in zip(panels, groups.items(), strict=True):
        axes.set_title(name)
        _draw(axes, halos.log_mpeak[chosen], weights[chosen], edges, colors)
        axes.set_xlabel(halo_mass_label(halos.mass_proxy))
    top = 10.0 ** np.ceil(np.log10(max(weights.max(), 1e-30)))
    panels[0].set(yscale="log", ylim=(top / 10.0**_DECADES, 1.5 * top))
    panels[0].set_ylabel(r"$\langle N \mid M \rangle$")
    handles = [
        Line2D([], [], color=color, label=sample.label)
        for color, sample in zip(colors, samples, strict=True)
    ]
    panels[0].legend(handles=handles, loc="lower right")
    return figure


def _draw(
    axes: Axes, mass: np.ndarray, weights: np.ndarray, edges: np.ndarray, colors: Sequence
) -> None:
    number, _ = np.histogram(mass, edges)
    for column, color in zip(weights.T, colors, strict=True):
        total, _ = np.histogram(mass, edges, weights=column)
        mean = np.where(number > 0, total / np.maximum(number, 1), np.nan)
        shown, middles = np.where(mean > 0, mean, np.nan), (edges[1:] + edges[:-1]) / 2
        axes.plot(middles, shown, color=color, linewidth=1.6, drawstyle="steps-mid")
