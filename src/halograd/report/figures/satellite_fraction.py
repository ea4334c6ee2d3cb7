"""How many halos of a catalogue are satellites, by mass."""

import numpy as np
from matplotlib.figure import Figure

from halograd.catalogs import HaloCatalog
from halograd.report import style

_STEP = 0.25  # dex


@style.styled
def satellite_fraction_figure(halos: HaloCatalog) -> Figure:
    """The share of satellites in bins of mass, with its binomial error.

    Args:
        halos: The catalogue, not empty.
    """
    mass, share, error = _by_mass(halos)
    figure = style.new_figure(style.WIDTH, 3.8)
    axes = figure.subplots()
    axes.errorbar(
        mass,
        share,
        error,
        _STEP / 2,
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
    top = max(1.15 * float(np.max(share + error)), 0.05)
    axes.set_ylim(-0.03 * top, top)
    axes.set_xlabel(rf"$\log_{{10}}$ {halos.mass_proxy}$\ \ [h^{{-1}} M_\odot]$")
    axes.set_ylabel("satellite fraction")
    return figure


def _by_mass(halos: HaloCatalog) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Middle of each filled bin, share of satellites in it, and the error of the share."""
    cell = np.floor(halos.log_mpeak / _STEP).astype(int)
    first = cell.min()
    counts = np.bincount(cell - first)
    satellites = np.bincount(cell - first, weights=halos.is_satellite)
    filled = np.flatnonzero(counts)
    n, k = counts[filled], satellites[filled]
    # Agresti & Coull 1998: neither none nor all of a few is certain
    likely = (k + 2) / (n + 4)
    return (filled + first + 0.5) * _STEP, k / n, np.sqrt(likely * (1 - likely) / (n + 4))
