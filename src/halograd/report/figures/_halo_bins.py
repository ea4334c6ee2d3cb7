"""The halos of a catalogue as the figures of a relation see them: in fine bins of mass."""

from typing import NamedTuple

import jax.numpy as jnp
import numpy as np

from halograd import stats
from halograd.catalogs import HaloCatalog
from halograd.models import HasMeanRelation
from halograd.models.parameters import Theta
from halograd.predict.predictor import columns_of

_WIDTH = 0.005  # dex: times the slope of any relation, far below its scatter
_MOST = 50_000  # halos taken one by one


class HaloBins(NamedTuple):
    """Halos by mass, or one by one where a model looks at more than their mass.

    Attributes:
        log_mpeak: (n,), mean mass of each bin, or mass of each halo, increasing, log10 Msun/h.
        density: (n,), halos per (Mpc/h)^3 that each stands for, none of them 0.
        columns: What the model looks at, by name, each (n,).
    """

    log_mpeak: np.ndarray
    density: np.ndarray
    columns: dict[str, np.ndarray]

    @property
    def is_of_mass_alone(self) -> bool:
        """Whether the model looks at nothing but mass."""
        return set(self.columns) == {"log_mpeak"}

    def on_line(self, mass: np.ndarray) -> "HaloBins":
        """Where a relation is evaluated to draw it along the masses: there, or at the halos."""
        if not self.is_of_mass_alone:
            return self
        return HaloBins(mass, np.ones(len(mass)), {"log_mpeak": mass})


def halo_bins(halos: HaloCatalog, model: HasMeanRelation) -> HaloBins:
    """The filled bins of a catalogue, or its halos (a random part of many) in order of mass."""
    if set(model.needs) == {"log_mpeak"}:
        cell = np.floor(halos.log_mpeak / _WIDTH).astype(int)
        counts = np.bincount(cell - cell.min())
        totals = np.bincount(cell - cell.min(), weights=halos.log_mpeak)
        filled = counts > 0
        mass = totals[filled] / counts[filled]
        return HaloBins(mass, counts[filled] / halos.volume, {"log_mpeak": mass})
    rows = np.random.default_rng(0).permutation(len(halos))[:_MOST]
    rows = rows[np.argsort(halos.log_mpeak[rows], kind="stable")]
    density = np.full(len(rows), len(halos) / len(rows) / halos.volume)
    columns = {name: values[rows] for name, values in columns_of(halos, model).items()}
    return HaloBins(halos.log_mpeak[rows], density, columns)


def fine_weights(
    bins: HaloBins, model: HasMeanRelation, theta: Theta, edges: np.ndarray
) -> np.ndarray:
    """Probability of each stellar-mass bin in each bin of halos: (n, n_edge - 1)."""
    mean, scatter = relation(bins, model, theta)
    weights = stats.sample_weights(
        jnp.asarray(mean), jnp.asarray(scatter), jnp.asarray(edges), model.kernel
    )
    return np.asarray(weights, np.float64)


def relation(bins: HaloBins, model: HasMeanRelation, theta: Theta) -> tuple[np.ndarray, np.ndarray]:
    """Mean and scatter of log10 M* in each bin. (n,), (n,)"""
    columns = {name: jnp.asarray(values) for name, values in bins.columns.items()}
    theta = model.space.complete(theta)
    mean = model.mean_log_mstar(theta, columns)
    scatter = jnp.broadcast_to(model.scatter(theta, columns), mean.shape)
    return np.asarray(mean, np.float64), np.asarray(scatter, np.float64)


def relation_at(
    bins: HaloBins, model: HasMeanRelation, theta: Theta, mass: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Mean and scatter of log10 M* along halo mass, for a line; NaN between halos. (n_mass,) each

    Where the model looks at more than mass, both are averages over the halos nearest to each mass,
    and the scatter holds that of their means too.
    """
    on_line = bins.on_line(mass)
    return averaged(on_line, *relation(on_line, model, theta), mass)


def averaged(
    bins: HaloBins, mean: np.ndarray, scatter: np.ndarray, mass: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """A relation of `HaloBins.on_line` as a line along the masses. (n_mass,) each"""
    if bins.is_of_mass_alone:
        return mean, scatter
    cell = np.searchsorted((mass[1:] + mass[:-1]) / 2, bins.log_mpeak)
    number, first, second = (
        np.bincount(cell, weights=values, minlength=len(mass))
        for values in (np.ones(len(cell)), mean, mean**2 + scatter**2)
    )
    with np.errstate(invalid="ignore", divide="ignore"):
        average = first / number
        return average, np.sqrt(np.maximum(second / number - average**2, 0.0))
