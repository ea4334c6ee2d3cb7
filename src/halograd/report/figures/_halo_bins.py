"""The halos of a catalogue in fine bins of mass, enough for any one-point statistic."""

from typing import NamedTuple

import jax.numpy as jnp
import numpy as np

from halograd import stats
from halograd.catalogs import HaloCatalog
from halograd.models import GalaxyHaloModel
from halograd.report.curve import Curve

_WIDTH = 0.005  # dex: times the slope of any relation, far below its scatter


class HaloBins(NamedTuple):
    """Halos by mass.

    Attributes:
        log_mpeak: (n,), mean of each bin, log10 Msun/h.
        density: (n,), halos per (Mpc/h)^3 in each bin, none of them 0.
    """

    log_mpeak: np.ndarray
    density: np.ndarray


def halo_bins(halos: HaloCatalog) -> HaloBins:
    """The filled bins of a catalogue."""
    cell = np.floor(halos.log_mpeak / _WIDTH).astype(int)
    counts = np.bincount(cell - cell.min())
    totals = np.bincount(cell - cell.min(), weights=halos.log_mpeak)
    filled = counts > 0
    return HaloBins(totals[filled] / counts[filled], counts[filled] / halos.volume)


def fine_weights(
    bins: HaloBins, model: GalaxyHaloModel, curve: Curve, edges: np.ndarray
) -> np.ndarray:
    """Probability of each stellar-mass bin at each halo mass: (n, n_edge - 1)."""
    mean, scatter = relation(model, curve, bins.log_mpeak)
    weights = stats.sample_weights(
        jnp.asarray(mean), jnp.asarray(scatter), jnp.asarray(edges), model.kernel
    )
    return np.asarray(weights, np.float64)


def relation(
    model: GalaxyHaloModel, curve: Curve, log_mpeak: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Mean and scatter of log10 M* at each halo mass."""
    mass = jnp.asarray(log_mpeak)
    mean = model.mean_log_mstar(curve.theta, mass)
    scatter = jnp.broadcast_to(model.scatter(curve.theta, mass), mass.shape)
    return np.asarray(mean, np.float64), np.asarray(scatter, np.float64)
