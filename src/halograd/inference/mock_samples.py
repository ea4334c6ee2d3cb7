"""Monte Carlo galaxies on a halo catalogue, and the statistics measured on them."""

from collections.abc import Iterator

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike

from halograd.catalogs.halo_catalog import HaloCatalog
from halograd.errors import HalogradError
from halograd.inference.observables import Observables, Prediction, Sample
from halograd.inference.statistics import Source
from halograd.models import GalaxyHaloModel
from halograd.models.draw import standard_deviates
from halograd.models.parameters import Theta


def mock_samples(
    seed: int, n_mock: int, halos: HaloCatalog, model: GalaxyHaloModel, theta: Theta
) -> Iterator[jax.Array]:
    """log10 M* of the galaxy of every halo, drawn anew for each mock. n_mock times (n_halo,)"""
    theta = model.space.complete(theta)
    log_mpeak = jnp.asarray(halos.log_mpeak)
    mean, scatter = model.mean_log_mstar(theta, log_mpeak), model.scatter(theta, log_mpeak)
    for key in jax.random.split(jax.random.key(seed), n_mock):
        yield mean + scatter * standard_deviates(key, len(halos), model.kernel)


def membership(log_mstar: jax.Array, samples: tuple[Sample, ...]) -> jax.Array:
    """1 where a galaxy lies in a sample, 0 elsewhere: (n,) -> (n, n_sample)."""
    low, high = (jnp.asarray(limits) for limits in zip(*samples, strict=True))
    inside = (log_mstar[:, None] >= low) & (log_mstar[:, None] < high)
    return inside.astype(log_mstar.dtype)


class MockStatistics(eqx.Module):
    """The statistics of weighted halos, in the layout of a data vector.

    Args:
        halos: The catalogue.
        observables: What to measure.
        profiles: (n_halo, n_R), ΔΣ_i of each halo; made from the particles where None.
    """

    sources: dict[str, Source]
    observables: Observables = eqx.field(static=True)

    def __init__(
        self, halos: HaloCatalog, observables: Observables, profiles: ArrayLike | None = None
    ) -> None:
        self.observables = observables
        self.sources = {s.name: s.source(halos, profiles) for s in observables.statistics}

    @eqx.filter_jit
    def __call__(self, weights: jax.Array) -> jax.Array:
        """(n_halo, n_sample), for the samples of the observables -> (n_data,)."""
        layout = self.observables
        parts = {
            s.name: s.measure(weights[:, layout.columns(s)], self.sources[s.name])
            for s in layout.statistics
        }
        return Prediction(**parts).vector


def check_scatter(covariance: np.ndarray) -> np.ndarray:
    """The covariance; raise where a number never varied."""
    constant = int((np.diag(covariance) <= 0).sum())
    if constant:
        raise HalogradError(
            f"{constant} of {len(covariance)} numbers have no scatter: a sample holds too few "
            "galaxies for its n, pairs or lenses to vary; use wider samples or bins, or more halos"
        )
    return covariance
