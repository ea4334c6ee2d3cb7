"""The halos of a catalogue by mass: how many, and how many are satellites."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from halograd.catalogs import HaloCatalog
from halograd.catalogs.completeness import turnover_mass
from halograd.report import style
from halograd.sham import bolshoi_planck

_STEP = 0.05  # dex
_FITTED_MASSES, _FITTED_REDSHIFTS = (11.0, 14.5), (0.0, 2.0)
_SATELLITE_STEP = 0.25  # dex


@style.styled
def halo_mass_function_figure(halos: HaloCatalog) -> Figure:
    """n(>M) with its Poisson error, over the fit to Bolshoi-Planck at the same redshift.

    The fit is dashed, and drawn for 0 <= z <= 2 alone; the grey band about it holds the 0.25 dex
    within which it follows the counts it was made from. Masses below the turnover are shaded.

    Args:
        halos: The catalogue, not empty.
    """
    edges, density, error = _cumulative(halos)
    has_reference = _FITTED_REDSHIFTS[0] <= halos.redshift <= _FITTED_REDSHIFTS[1]
    ratios = [3, 1] if has_reference else [1]
    figure = style.new_figure(style.WIDTH, 5.6 if has_reference else 4.4)
    figure.get_layout_engine().set(hspace=0.0, h_pad=0.02)
    panels = figure.subplots(len(ratios), 1, sharex=True, height_ratios=ratios, squeeze=False)[:, 0]
    _draw(panels[0], edges, density, error, halos.mass_proxy)
    if has_reference:
        _compare(panels, edges, density, error, halos.redshift)
    turnover = turnover_mass(halos.log_mpeak)
    if turnover is not None:
        _shade(panels, edges[0], turnover)
    panels[0].legend(loc="lower left")
    panels[-1].set_xlabel(r"$\log_{10} M\ \ [h^{-1} M_\odot]$")
    panels[-1].set_xlim(edges[0] - _STEP, edges[-1] + _STEP)
    return figure


def _cumulative(halos: HaloCatalog) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Masses, n(>M) and its Poisson error at them."""
    masses = np.sort(halos.log_mpeak)
    n_edge = max(int(np.ceil((masses[-1] - masses[0]) / _STEP)), 1)
    edges = masses[0] + _STEP * np.arange(n_edge)
    counts = len(masses) - np.searchsorted(masses, edges)
    return edges, counts / halos.volume, np.sqrt(counts) / halos.volume


def _draw(
    axes: Axes, edges: np.ndarray, density: np.ndarray, error: np.ndarray, proxy: str
) -> None:
    color = style.CATEGORIES[0]
    axes.plot(edges, density, color=color, label=f"catalogue ({proxy})")
    low = np.maximum(density - error, density / 100)
    axes.fill_between(edges, low, density + error, color=color, alpha=0.25, linewidth=0)
    axes.set_yscale("log")
    axes.set_ylim(density.min() / 3, density.max() * 2)
    axes.set_ylabel(r"$n(>M)\ \ [h^3\,{\rm Mpc}^{-3}]$")


def _compare(
    panels: np.ndarray, edges: np.ndarray, density: np.ndarray, error: np.ndarray, redshift: float
) -> None:
    """The fit in the upper panel, catalogue over fit in the lower."""
    expected = 10 ** np.asarray(bolshoi_planck(redshift).log_cumulative_density(edges), float)
    fitted = (edges >= _FITTED_MASSES[0]) & (edges <= _FITTED_MASSES[1])
    dashes = style.LINES["truth"]
    label = f"Bolshoi-Planck, $z={redshift:.3g}$"
    drawn = np.where(fitted, expected, np.nan)
    panels[0].plot(edges, drawn, color=style.INK, linestyle=dashes, linewidth=1.5, label=label)
    ratio = density / expected
    panels[1].axhspan(10**-0.25, 10**0.25, color=style.LIGHT, alpha=0.6, linewidth=0)
    panels[1].axhline(1, color=style.INK, linestyle=dashes, linewidth=1.2)
    shown = [np.where(fitted, values, np.nan) for values in (ratio, error / expected)]
    panels[1].plot(edges, shown[0], color=style.CATEGORIES[0])
    panels[1].fill_between(
        edges,
        shown[0] - shown[1],
        shown[0] + shown[1],
        color=style.CATEGORIES[0],
        alpha=0.25,
        linewidth=0,
    )
    panels[1].set(ylim=(0, 2), ylabel="over fit")


def _shade(panels: np.ndarray, lowest: float, turnover: float) -> None:
    for axes in panels:
        axes.axvspan(
            lowest - 1,
            turnover,
            color=style.CATEGORIES[4],
            alpha=0.18,
            linewidth=0,
            label="below the turnover",
        )


@style.styled
def satellite_fraction_figure(halos: HaloCatalog) -> Figure:
    """The fraction of satellites in bins of mass, with its binomial error.

    Args:
        halos: The catalogue, not empty.
    """
    mass, fraction, error = _by_mass(halos)
    figure = style.new_figure(style.WIDTH, 3.8)
    axes = figure.subplots()
    axes.errorbar(
        mass,
        fraction,
        error,
        _SATELLITE_STEP / 2,
        fmt="o",
        color=style.CATEGORIES[0],
        markeredgecolor="white",
        markersize=6.5,
        elinewidth=1.3,
    )
    mean = halos.is_satellite.mean()
    axes.axhline(mean, color=style.GREY, linewidth=1.2, linestyle=style.LINES["truth"])
    axes.annotate(
        f"all: {mean:.1%}",
        (1, mean),
        xycoords=("axes fraction", "data"),
        xytext=(-6, 4),
        textcoords="offset points",
        ha="right",
        color=style.GREY,
    )
    top = max(1.15 * float(np.max(fraction + error)), 0.05)
    axes.set_ylim(-0.03 * top, top)
    axes.set_xlabel(rf"$\log_{{10}}$ {halos.mass_proxy}$\ \ [h^{{-1}} M_\odot]$")
    axes.set_ylabel("satellite fraction")
    return figure


def _by_mass(halos: HaloCatalog) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Middle of each filled bin, fraction of satellites in it, and the error of the fraction."""
    cell = np.floor(halos.log_mpeak / _SATELLITE_STEP).astype(int)
    first = cell.min()
    counts = np.bincount(cell - first)
    satellites = np.bincount(cell - first, weights=halos.is_satellite)
    filled = np.flatnonzero(counts)
    n, k = counts[filled], satellites[filled]
    # Agresti & Coull 1998: neither none nor all of a few is certain
    likely = (k + 2) / (n + 4)
    return (filled + first + 0.5) * _SATELLITE_STEP, k / n, np.sqrt(likely * (1 - likely) / (n + 4))
