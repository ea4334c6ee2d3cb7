"""The stellar-to-halo mass relation, over the halos it populates."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, MaxNLocator

from halograd.catalogs import HaloCatalog
from halograd.inference import Sample
from halograd.models import HasMeanRelation
from halograd.observations.relations import Relation
from halograd.report import style
from halograd.report.curve import Curve
from halograd.report.figures._halo_bins import (
    HaloBins,
    fine_weights,
    halo_bins,
    relation,
    relation_at,
)
from halograd.report.figures._halo_mass_axis import halo_mass_label
from halograd.report.figures._published_lines import draw_published

_HALO_STEP, _STELLAR_STEP = 0.1, 0.05  # dex
_MOST_STEPS = 140  # in stellar mass, where the relation falls without end
_MANY_LINES = {"fontsize": 10.5, "handlelength": 2.6}
_DECADES = 5  # of density shown
_MOST_EDGES = 8  # of samples; more would hatch the figure
_CLOUD = LinearSegmentedColormap.from_list(
    "halograd_cloud", ("#ffffff", "#dde7f1", "#a9c3dc", "#6f9bc4")
)


@style.styled
def smhm_figure(
    halos: HaloCatalog,
    model: HasMeanRelation,
    curves: Sequence[Curve],
    samples: Sequence[Sample] = (),
    published: Sequence[Relation] = (),
) -> Figure:
    """Mean stellar mass and its scatter against halo mass.

    The cloud is the exact density of galaxies in the plane, d²n / dlog M dlog M*: the halos of
    the catalogue times the scatter about the mean. Its margins are the halo mass function (top)
    and the stellar mass function (right).

    Args:
        halos: The catalogue, not empty.
        model: Gives mean and scatter.
        curves: The model first; truth dashed, start dotted.
        samples: Their edges are marked on the axis of stellar mass, unless they are many.
        published: Relations of other authors, drawn as thin lines.
    """
    bins = halo_bins(halos, model)
    figure = style.new_figure(style.WIDTH, 6.2)
    figure.get_layout_engine().set(hspace=0.0, wspace=0.0, h_pad=0.03, w_pad=0.03)
    top, unused, main, right = figure.subplots(
        2, 2, width_ratios=[4, 1], height_ratios=[1, 3.4], sharex="col", sharey="row"
    ).flat
    figure.delaxes(unused)
    mass_edges, stellar_edges = _grids(bins, model, curves[0])
    joint = _joint_density(
        bins, fine_weights(bins, model, curves[0].theta, stellar_edges), mass_edges
    )
    _draw_cloud(main, joint, mass_edges, stellar_edges)
    main.set_xlabel(halo_mass_label(halos.mass_proxy))
    _draw_relations(main, bins, model, curves, mass_edges)
    draw_published(main, published, np.linspace(*mass_edges[[0, -1]], 200))
    main.legend(loc="lower right", **(_MANY_LINES if published else {}))
    _draw_samples(main, samples, stellar_edges)
    _draw_halo_margin(top, halos, mass_edges)
    _draw_stellar_margin(right, joint, stellar_edges)
    return figure


def _grids(bins: HaloBins, model: HasMeanRelation, curve: Curve) -> tuple[np.ndarray, np.ndarray]:
    """Edges in halo and in stellar mass that hold nearly every galaxy."""
    first, last = np.floor(bins.log_mpeak[[0, -1]] / _HALO_STEP)
    mass_edges = _HALO_STEP * np.arange(first, last + 2)
    mean, scatter = relation(bins, model, curve.theta)
    low, high = (mean - 2.7 * scatter).min(), (mean + 2.7 * scatter).max()
    n_step = np.clip(np.ceil((high - low) / _STELLAR_STEP), 2, _MOST_STEPS)
    return mass_edges, high - _STELLAR_STEP * np.arange(n_step, -1, -1)


def _joint_density(bins: HaloBins, weights: np.ndarray, mass_edges: np.ndarray) -> np.ndarray:
    """Galaxies per (Mpc/h)^3 in each cell: (n_mass, n_stellar)."""
    joint = np.zeros((len(mass_edges) - 1, weights.shape[1]))
    row = np.searchsorted(mass_edges, bins.log_mpeak, "right") - 1
    np.add.at(joint, np.clip(row, 0, len(joint) - 1), bins.density[:, None] * weights)
    return joint


def _draw_cloud(
    axes: Axes, joint: np.ndarray, mass_edges: np.ndarray, stellar_edges: np.ndarray
) -> None:
    density = joint / (_HALO_STEP * np.diff(stellar_edges))
    peak = density.max()
    axes.imshow(
        np.log10(np.maximum(density.T / peak, 10.0**-_DECADES)),
        origin="lower",
        aspect="auto",
        extent=(*mass_edges[[0, -1]], *stellar_edges[[0, -1]]),
        cmap=_CLOUD,
        interpolation="bilinear",
    )
    axes.set(
        ylabel=r"$\log_{10}\, M_*\ \ [M_\odot]$",
        xlim=mass_edges[[0, -1]],
        ylim=stellar_edges[[0, -1]],
    )
    # A label at the very end would touch that of the margin.
    axes.xaxis.set_major_locator(MaxNLocator(9, steps=[1, 2, 5, 10], prune="upper"))


def _draw_relations(
    axes: Axes,
    bins: HaloBins,
    model: HasMeanRelation,
    curves: Sequence[Curve],
    mass_edges: np.ndarray,
) -> None:
    n_point = 200 if bins.is_of_mass_alone else 30
    mass = np.linspace(mass_edges[0], mass_edges[-1], n_point)
    for curve in curves:
        mean, scatter = relation_at(bins, model, curve.theta, mass)
        main = curve is curves[0]
        color = style.CATEGORIES[0] if main else style.INK
        axes.plot(
            mass, mean, color=color, label=curve.role, zorder=3, **style.curve_line(curve.role)
        )
        if main:
            band = mean - scatter, mean + scatter
            axes.fill_between(
                mass, *band, color=color, alpha=0.22, linewidth=0, label=r"$\pm1\sigma$ scatter"
            )
            for edge in band:
                axes.plot(mass, edge, color=color, linewidth=0.8, alpha=0.8)


def _draw_samples(axes: Axes, samples: Sequence[Sample], stellar_edges: np.ndarray) -> None:
    edges = sorted({edge for sample in samples for edge in sample[:2] if np.isfinite(edge)})
    for edge in edges if len(edges) <= _MOST_EDGES else ():
        if stellar_edges[0] < edge < stellar_edges[-1]:
            axes.axhline(edge, color=style.GREY, linewidth=0.8, linestyle=(0, (1, 3)))


def _draw_halo_margin(axes: Axes, halos: HaloCatalog, mass_edges: np.ndarray) -> None:
    groups = [("all halos", np.ones(len(halos), bool), style.INK)]
    if halos.is_satellite.any():
        groups.append(("subhalos", halos.is_satellite, style.CATEGORIES[1]))
    for label, chosen, color in groups:
        counts, _ = np.histogram(halos.log_mpeak[chosen], mass_edges)
        density = counts / (halos.volume * _HALO_STEP)
        axes.stairs(
            np.where(density > 0, density, np.nan), mass_edges, color=color, label=label, lw=1.4
        )
    axes.set_yscale("log")
    axes.set_ylabel("$dn/d\\log M$\n" r"$[h^3\,{\rm Mpc}^{-3}]$", fontsize=11.5)
    axes.tick_params(labelbottom=False)
    axes.legend(loc="upper right", fontsize=10.5, borderpad=0.1)


def _draw_stellar_margin(axes: Axes, joint: np.ndarray, stellar_edges: np.ndarray) -> None:
    density = joint.sum(axis=0) / np.diff(stellar_edges)
    shown = np.where(density > density.max() * 10.0**-_DECADES, density, np.nan)
    axes.stairs(shown, stellar_edges, orientation="horizontal", color=style.CATEGORIES[0], lw=1.4)
    axes.set_xscale("log")
    axes.xaxis.set_major_locator(LogLocator(numticks=4))
    axes.set_xlabel("$dn/d\\log M_*$\n" r"$[h^3\,{\rm Mpc}^{-3}]$", fontsize=11.5)
    axes.tick_params(labelleft=False)
