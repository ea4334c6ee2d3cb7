"""A slice through the box: the matter as light, the halos as circles."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import EllipseCollection
from matplotlib.colors import LinearSegmentedColormap, LogNorm
from matplotlib.figure import Figure
from scipy.ndimage import gaussian_filter

from halograd.catalogs import HaloCatalog, Particles
from halograd.report import style

_DEPTH = 0.16  # of the box
_PIXELS = 512
_MOST_CIRCLES = 250
_ENOUGH = 12  # particles under a smoothing kernel
_NIGHT = LinearSegmentedColormap.from_list(
    "halograd_night",
    ("#05070f", "#10183a", "#2b2a6b", "#6b2f7e", "#b8456f", "#ee7b51", "#fbc06a", "#fff6d6"),
)


@style.styled
def halos_slice_figure(halos: HaloCatalog, depth: float | None = None) -> Figure:
    """Projected matter density of a slab, and the massive host halos in it.

    The slab holds the most massive halo at its middle. A circle has the virial radius of its
    halo where the catalogue gives `r_vir`, otherwise one that grows as M^(1/3).

    Args:
        halos: The catalogue, not empty; without particles the halos are drawn alone.
        depth: Thickness along the line of sight, comoving Mpc/h; a sixth of the box where None.
    """
    side = halos.boxsize
    depth = _DEPTH * side[2] if depth is None else depth
    middle = halos.positions[np.argmax(halos.log_mpeak), 2]
    figure = style.new_figure(style.WIDTH, style.WIDTH * 0.86 * side[1] / side[0])
    axes = figure.subplots()
    axes.set_facecolor(_NIGHT(0.0))
    if halos.particles is not None and len(halos.particles):
        _draw_matter(figure, axes, halos.particles, middle, depth)
    _draw_halos(axes, halos, _inside(halos.positions[:, 2], middle, depth, side[2]))
    axes.set(
        xlim=(0, side[0]),
        ylim=(0, side[1]),
        aspect="equal",
        xlabel=r"$x\ \ [h^{-1}\,{\rm Mpc}]$",
        ylabel=r"$y\ \ [h^{-1}\,{\rm Mpc}]$",
    )
    axes.tick_params(which="both", color="white")
    axes.set_title(rf"$z={halos.redshift:g}$,  depth ${depth:.3g}\,h^{{-1}}\,$Mpc")
    return figure


def _inside(z: np.ndarray, middle: float, depth: float, side: float) -> np.ndarray:
    """Rows of the slab, across the periodic boundary."""
    apart = np.abs(z - middle)
    return np.flatnonzero(np.minimum(apart, side - apart) < depth / 2)


def _draw_matter(
    figure: Figure, axes: Axes, particles: Particles, middle: float, depth: float
) -> None:
    side = particles.boxsize
    rows = _inside(particles.positions[:, 2], middle, depth, side[2])
    x, y, _ = particles.positions[rows].T
    mass, _, _ = np.histogram2d(
        x, y, bins=_PIXELS, range=[(0, side[0]), (0, side[1])], weights=particles.masses[rows]
    )
    counts, _, _ = np.histogram2d(x, y, bins=_PIXELS, range=[(0, side[0]), (0, side[1])])
    smooth = _smoothed(mass, counts)
    mean = particles.masses.sum() * depth / side[2] / _PIXELS**2
    image = axes.imshow(
        np.maximum(smooth.T / mean, 1e-6),
        origin="lower",
        extent=(0, side[0], 0, side[1]),
        norm=LogNorm(0.1, max(np.quantile(smooth, 0.9985) / mean, 2.0)),
        cmap=_NIGHT,
        interpolation="bilinear",
    )
    bar = figure.colorbar(image, cax=axes.inset_axes([1.02, 0, 0.035, 1]))
    bar.set_label(r"$\Sigma\,/\,\overline{\Sigma}$")


def _smoothed(mass: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """The mass smoothed over a width that holds enough particles: fine in halos, wide in voids."""
    widths = 1.2 * 2.0 ** np.arange(5)  # pixels
    smooth = gaussian_filter(mass, widths[-1], mode="wrap")
    for width in widths[-2::-1]:
        within = gaussian_filter(counts, width, mode="wrap") * 4 * np.pi * width**2
        trust = within**2 / (within**2 + _ENOUGH**2)
        smooth += trust * (gaussian_filter(mass, width, mode="wrap") - smooth)
    return smooth


def _draw_halos(axes: Axes, halos: HaloCatalog, rows: np.ndarray) -> None:
    rows = rows[~halos.is_satellite[rows]]
    rows = rows[np.argsort(-halos.log_mpeak[rows], kind="stable")][:_MOST_CIRCLES]
    diameter = 2 * _radii(halos)[rows]
    circles = EllipseCollection(
        diameter,
        diameter,
        np.zeros(len(rows)),
        units="xy",
        offsets=halos.positions[rows, :2],
        offset_transform=axes.transData,
        facecolors="none",
        edgecolors="white",
        linewidths=0.8,
        alpha=0.9,
    )
    axes.add_collection(circles)


def _radii(halos: HaloCatalog) -> np.ndarray:
    """Comoving Mpc/h."""
    if "r_vir" in halos.extra:
        return np.asarray(halos.extra["r_vir"], np.float64)
    # 1 Mpc/h at 10^14.3 Msun/h, about the virial radius today
    return 10 ** ((halos.log_mpeak - 14.3) / 3)
