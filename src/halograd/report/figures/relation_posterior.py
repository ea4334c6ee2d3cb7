"""The posterior of the relation between stellar and halo mass, and published ones over it."""

from collections.abc import Mapping, Sequence

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from halograd.catalogs import HaloCatalog
from halograd.inference import Chains
from halograd.models import HasMeanRelation
from halograd.models.parameters import Theta
from halograd.observations.relations import Relation
from halograd.report import style
from halograd.report.figures._halo_bins import HaloBins, averaged, halo_bins
from halograd.report.figures._halo_mass_axis import halo_mass_label
from halograd.report.figures._published_lines import draw_published

_N_DRAW, _N_MASS = 200, 120
_QUANTILES = (0.025, 0.16, 0.5, 0.84, 0.975)
_SHADES = {(0, 4): 0.18, (1, 3): 0.35}  # pairs of quantiles: 95 and 68 %


@style.styled
def relation_posterior_figure(
    halos: HaloCatalog,
    model: HasMeanRelation,
    chains: Chains,
    best: Mapping[str, float],
    published: Sequence[Relation] = (),
) -> Figure:
    """Mean stellar mass over halo mass, and the scatter below, as the posterior knows them.

    The ratio of the masses is drawn rather than the stellar mass, whose run over six decades
    hides all differences. Lines are medians, bands hold 68 and 95 % of the draws.

    Args:
        halos: Their masses span the figure.
        model: Gives mean and scatter.
        chains: Draws of the posterior.
        best: The parameters that the chains do not vary, by name.
        published: Relations of other authors, drawn as thin lines.
    """
    bins = halo_bins(halos, model)
    n_mass = _N_MASS if bins.is_of_mass_alone else _N_MASS // 4
    mass = np.linspace(*bins.log_mpeak[[0, -1]], n_mass)
    mean, scatter = _relations(bins, model, posterior_draws(chains, best), mass)
    figure = style.new_figure(style.WIDTH, 6.4)
    figure.get_layout_engine().set(hspace=0.0, h_pad=0.02)
    top, bottom = figure.subplots(2, 1, sharex=True, height_ratios=[3, 1])
    _draw_bands(top, mass, mean - mass, label="posterior")
    draw_published(top, published, mass, subtract=mass)
    top.set_ylabel(r"$\log_{10}\, M_* / (h\,M_{\rm halo})$")
    top.legend(loc="lower center", fontsize=10.5, handlelength=2.6)
    _draw_bands(bottom, mass, scatter)
    bottom.set(xlabel=halo_mass_label(halos.mass_proxy), ylabel=r"$\sigma\ \ [{\rm dex}]$")
    bottom.set(xlim=mass[[0, -1]], ylim=(0, 1.08 * bottom.get_ylim()[1]))
    figure.align_ylabels()
    return figure


def posterior_draws(chains: Chains, best: Mapping[str, float]) -> list[Theta]:
    """Complete parameters at draws of all chains, at equal distances."""
    flat = {name: np.asarray(values).ravel() for name, values in chains.theta.items()}
    n_draw = chains.divergent.size
    chosen = np.unique(np.linspace(0, n_draw - 1, _N_DRAW).astype(int))
    return [dict(best) | {name: values[row] for name, values in flat.items()} for row in chosen]


def _relations(
    bins: HaloBins, model: HasMeanRelation, draws: Sequence[Theta], mass: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Mean and scatter of log10 M*: (n_draw, n_mass) each."""
    on_line = bins.on_line(mass)

    @eqx.filter_jit
    def at(theta: Theta) -> tuple[jax.Array, jax.Array]:
        columns = {name: jnp.asarray(values) for name, values in on_line.columns.items()}
        mean = model.mean_log_mstar(theta, columns)
        return mean, jnp.broadcast_to(model.scatter(theta, columns), mean.shape)

    found = [at({name: jnp.asarray(value) for name, value in theta.items()}) for theta in draws]
    lines = [averaged(on_line, *(np.asarray(part, float) for part in one), mass) for one in found]
    mean, scatter = (np.stack(part) for part in zip(*lines, strict=True))
    return mean, scatter


def _draw_bands(axes: Axes, mass: np.ndarray, values: np.ndarray, label: str | None = None) -> None:
    quantiles = np.quantile(values, _QUANTILES, axis=0)
    color = style.CATEGORIES[0]
    for (low, high), alpha in _SHADES.items():
        limits = quantiles[low], quantiles[high]
        axes.fill_between(mass, *limits, color=color, alpha=alpha, linewidth=0)
    axes.plot(mass, quantiles[2], color=color, label=label)
