"""Monte Carlo galaxies on a halo catalogue, and the statistics measured on them."""

from collections.abc import Iterator

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike

from halograd import stats
from halograd.catalogs.halo_catalog import HaloCatalog
from halograd.errors import HalogradError
from halograd.inference.observables import Observables, Prediction, Sample
from halograd.models import GalaxyHaloModel
from halograd.models.draw import standard_deviates
from halograd.models.parameters import Theta
from halograd.pairs import ProjectedPairs


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
    """n, wp and ΔΣ of weighted halos, in the layout of a data vector.

    Args:
        halos: The catalogue.
        observables: What to measure.
        profiles: (n_halo, n_R), ΔΣ_i of each halo; made from the particles where None.
    """

    pairs: ProjectedPairs | None
    profiles: jax.Array | None
    volume: float
    observables: Observables = eqx.field(static=True)

    def __init__(
        self, halos: HaloCatalog, observables: Observables, profiles: ArrayLike | None = None
    ) -> None:
        self.observables, self.volume, self.pairs = observables, halos.volume, None
        self.profiles = halo_profiles(halos, observables, profiles)
        if observables.wp:
            self.pairs = ProjectedPairs(
                halos.positions, halos.boxsize, observables.rp_edges, observables.pi_max
            )

    @eqx.filter_jit
    def __call__(self, weights: jax.Array) -> jax.Array:
        """(n_halo, n_sample), for the samples of the observables -> (n_data,)."""
        layout = self.observables
        n, wp, lensing = (weights[:, columns] for columns in sample_columns(layout))
        nothing = jnp.zeros((0, 0), weights.dtype)
        return Prediction(
            stats.number_density(n, self.volume),
            stats.wp(wp, self.pairs) if layout.wp else nothing,
            stats.delta_sigma(lensing, self.profiles) if layout.delta_sigma else nothing,
        ).vector


def sample_columns(layout: Observables) -> tuple[list[int], ...]:
    """The places of the samples of n, wp and ΔΣ among all samples of the layout."""
    return tuple(
        [layout.samples.index(sample) for sample in samples]
        for samples in (layout.n, layout.wp, layout.delta_sigma)
    )


def halo_profiles(
    halos: HaloCatalog, observables: Observables, profiles: ArrayLike | None
) -> jax.Array | None:
    """ΔΣ_i of each halo where the layout has lensing, None otherwise."""
    if not observables.delta_sigma:
        return None
    if profiles is not None:
        return jnp.asarray(profiles)
    if halos.particles is None:
        raise HalogradError(
            "the covariance of ΔΣ needs the matter around the halos: read the catalogue with its "
            "particles, or pass the profiles of the halos"
        )
    return stats.delta_sigma_profiles(halos.positions, halos.particles, observables.r_edges)


def check_scatter(covariance: np.ndarray) -> np.ndarray:
    """The covariance; raise where a number never varied."""
    constant = int((np.diag(covariance) <= 0).sum())
    if constant:
        raise HalogradError(
            f"{constant} of {len(covariance)} numbers have no scatter: a sample holds too few "
            "galaxies for its n, pairs or lenses to vary; use wider samples or bins, or more halos"
        )
    return covariance
