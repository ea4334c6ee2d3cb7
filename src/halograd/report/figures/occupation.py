"""Expected galaxies of each sample by halo mass."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from halograd.catalogs import HaloCatalog
from halograd.models import GalaxyHaloModel, HaloOccupation
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

    Of a model of halo occupation: of central and satellite galaxies in hosts of a mass.

    Args:
        halos: The catalogue, not empty.
        model: Gives expected numbers.
        curve: Parameters.
        samples: What is counted.
    """
    weights = np.asarray(
        expected_galaxies(model, curve.theta, columns_of(halos, model), samples), np.float64
    )
    is_host = isinstance(model, HaloOccupation)
    mass = halos.column("host_log_mass") if is_host else halos.log_mpeak
    names = ("central galaxies", "satellite galaxies") if is_host else ("central halos", "subhalos")
    groups = dict(zip(names, (~halos.is_satellite, halos.is_satellite), strict=True))
    groups = {name: chosen for name, chosen in groups.items() if chosen.any()}
    figure = style.new_figure(style.width_of(len(groups)), 5.0)
    panels = figure.subplots(1, len(groups), sharex=True, sharey=True, squeeze=False)[0]
    edges = _STEP * np.arange(np.floor(mass.min() / _STEP), np.ceil(mass.max() / _STEP) + 1.5)
    colors, highest = style.sample_colors(len(samples)), 0.0
    for axes, (name, chosen) in zip(panels, groups.items(), strict=True):
        axes.set_title(name)
        counted = mass[~halos.is_satellite] if is_host else mass[chosen]
        mean = occupation(mass[chosen], weights[chosen], counted, edges)
        highest = max(highest, np.nan_to_num(mean).max(initial=0.0))
        _draw(axes, mean, edges, colors)
        axes.set_xlabel(halo_mass_label(halos.mass_proxy))
    top = 10.0 ** np.ceil(np.log10(max(highest, 1e-30)))
    panels[0].set(yscale="log", ylim=(top / 10.0**_DECADES, 1.5 * top))
    panels[0].set_ylabel(r"$\langle N \mid M \rangle$")
    handles = [
        Line2D([], [], color=color, label=sample.label)
        for color, sample in zip(colors, samples, strict=True)
    ]
    panels[0].legend(handles=handles, loc="lower right")
    return figure


def occupation(
    mass: np.ndarray, weights: np.ndarray, counted: np.ndarray, edges: np.ndarray
) -> np.ndarray:
    """Mean number of galaxies per halo in bins of mass, NaN where there is none. (n_bin, n_sample)

    Args:
        mass: (n,), of the halo that each row is of, log10 Msun/h.
        weights: (n, n_sample), expected galaxies on each row.
        counted: (n_halo,), masses of the halos that the mean is over.
        edges: (n_bin + 1,), log10 Msun/h.
    """
    number, _ = np.histogram(counted, edges)
    totals = [np.histogram(mass, edges, weights=column)[0] for column in weights.T]
    mean = np.stack(totals, axis=1) / np.maximum(number, 1)[:, None]
    return np.where((number[:, None] > 0) & (mean > 0), mean, np.nan)


def _draw(axes: Axes, mean: np.ndarray, edges: np.ndarray, colors: Sequence) -> None:
    middles = (edges[1:] + edges[:-1]) / 2
    for column, color in zip(mean.T, colors, strict=True):
        axes.plot(middles, column, color=color, linewidth=1.6, drawstyle="steps-mid")
