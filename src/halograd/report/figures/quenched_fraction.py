"""The fraction of galaxies that are quenched, of centrals and of satellites."""

from collections.abc import Callable, Sequence

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from halograd.catalogs import HaloCatalog
from halograd.models import GalaxyHaloModel
from halograd.models.model import expected_galaxies
from halograd.models.parameters import Theta
from halograd.models.quenching import QUENCHED, STAR_FORMING
from halograd.predict.predictor import columns_of
from halograd.report import style
from halograd.report.curve import Curve
from halograd.report.figures._halo_mass_axis import halo_mass_label
from halograd.samples import Sample

_MOST = 50_000  # halos looked at, a random part of more
_EDGES = np.round(np.arange(8.0, 12.61, 0.2), 1)  # log10 stellar mass, Msun
_STEP = 0.2  # dex of halo mass
_FEWEST = 5.0  # expected galaxies of a group and bin, below which nothing is drawn
_QUANTILES = (0.025, 0.16, 0.5, 0.84, 0.975)
_SHADES = {(0, 4): 0.18, (1, 3): 0.35}  # pairs of quantiles: 95 and 68 %


def has_quenched_fraction(model: GalaxyHaloModel) -> bool:
    """Whether a model tells quenched galaxies from star-forming ones."""
    return {QUENCHED, STAR_FORMING} <= set(model.kinds or ())


@style.styled
def quenched_fraction_figure(
    halos: HaloCatalog,
    model: GalaxyHaloModel,
    curves: Sequence[Curve] = (),
    draws: Sequence[Theta] = (),
) -> Figure:
    """Expected quenched galaxies over all, by stellar mass, or by halo mass for want of it.

    Args:
        halos: The catalogue, not empty.
        model: With the kinds "quenched" and "star_forming".
        curves: Parameters: the model solid, truth dashed, start dotted.
        draws: Parameters drawn from a posterior, whose median and 68 and 95 % are drawn.
    """
    x, groups, counts = _counter(halos, model)
    figure = style.new_figure(style.WIDTH, 4.6)
    axes = figure.subplots()
    for row, (name, color) in enumerate(zip(groups, style.CATEGORIES, strict=False)):
        label = name
        if draws:
            bands = np.stack([_fraction(counts(theta)[:, row]) for theta in draws])
            _draw_bands(axes, x, bands, color, label)
            label = None
        for curve in curves:
            fraction = _fraction(counts(curve.theta)[:, row])
            shade = style.curve_color(color, curve.role)
            axes.plot(x, fraction, color=shade, label=label, **style.curve_line(curve.role))
            label = None
    is_stellar = model.has_stellar_mass
    mass = r"$\log_{10}\, M_*\ \ [M_\odot]$" if is_stellar else halo_mass_label(halos.mass_proxy)
    axes.set(xlabel=mass, ylabel="quenched fraction", ylim=(0, 1))
    axes.legend(loc="best")
    return figure


def _counter(
    halos: HaloCatalog, model: GalaxyHaloModel
) -> tuple[np.ndarray, list[str], Callable[[Theta], np.ndarray]]:
    """Middles of the bins, names of the groups, and what counts galaxies.

    Expected numbers of quenched and of star-forming galaxies, by parameters: (2, n_group, n_bin).
    """
    rows = np.random.default_rng(0).permutation(len(halos))[:_MOST]
    columns = {name: jnp.asarray(v[rows]) for name, v in columns_of(halos, model).items()}
    satellite, mass = halos.is_satellite[rows], halos.log_mpeak[rows]
    groups = {"centrals": ~satellite, "satellites": satellite}
    groups = {name: chosen for name, chosen in groups.items() if chosen.any()}
    edges, limits = _EDGES, list(zip(_EDGES[:-1], _EDGES[1:], strict=True))
    cell = np.zeros(len(rows), int)
    if not model.has_stellar_mass:
        edges = _STEP * np.arange(np.floor(mass.min() / _STEP), np.ceil(mass.max() / _STEP) + 1.5)
        limits, cell = [(-np.inf, np.inf)], np.digitize(mass, edges) - 1
    kinds = (QUENCHED, STAR_FORMING)
    samples = [Sample(low, high, kind) for kind in kinds for low, high in limits]
    place = jnp.asarray(cell)

    @eqx.filter_jit
    def sums(theta: Theta) -> jax.Array:
        weights = expected_galaxies(model, theta, columns, samples)
        of_groups = []
        for chosen in groups.values():
            inside = jnp.where(chosen[:, None], weights, 0.0)
            by_cell = jnp.zeros((len(edges) - 1, len(samples))).at[place].add(inside)
            of_groups.append(by_cell if len(limits) == 1 else by_cell[:1])
        return jnp.stack(of_groups)  # (n_group, n_cell, n_kind * n_limit)

    def counts(theta: Theta) -> np.ndarray:
        found = sums({name: jnp.asarray(value, float) for name, value in theta.items()})
        by_kind = np.asarray(found, np.float64).reshape(*found.shape[:2], 2, len(limits))
        return np.moveaxis(by_kind, 2, 0).reshape(2, len(groups), -1)

    return (edges[1:] + edges[:-1]) / 2, list(groups), counts


def _fraction(counts: np.ndarray) -> np.ndarray:
    """Quenched over all where there are enough galaxies, else NaN: (2, n_bin) -> (n_bin,)."""
    total = counts.sum(axis=0)
    return np.where(total >= _FEWEST, counts[0] / np.maximum(total, 1e-30), np.nan)


def _draw_bands(axes: Axes, x: np.ndarray, values: np.ndarray, color: str, label: str) -> None:
    enough = np.isfinite(values).all(axis=0)
    quantiles = np.quantile(values[:, enough], _QUANTILES, axis=0)
    for (low, high), alpha in _SHADES.items():
        limits = quantiles[low], quantiles[high]
        axes.fill_between(x[enough], *limits, color=color, alpha=alpha, linewidth=0)
    axes.plot(x[enough], quantiles[2], color=color, label=label)
