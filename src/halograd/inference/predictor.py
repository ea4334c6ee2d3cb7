"""From parameters to the data vector: halos, model and statistics put together."""

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
from halograd.models.parameters import Theta
from halograd.pairs import ProjectedPairs


class Predictor(eqx.Module):
    """The exact predictions of one model on one halo catalogue.

    What does not depend on parameters (the grid of pairs, the lensing profile of each halo) is
    prepared here, once. Calls are pure functions of the parameters.

    Args:
        halos: The catalogue; its particles are needed for ΔΣ unless `profiles` are given.
        model: Galaxy–halo model.
        observables: What to predict.
        profiles: (n_halo, n_R), ΔΣ_i of each halo on `observables.r_edges`, h Msun / pc^2, to
            reuse what `stats.delta_sigma_profiles` made.
    """

    model: GalaxyHaloModel
    log_mpeak: np.ndarray
    volume: float
    pairs: ProjectedPairs | None
    profiles: np.ndarray | None
    observables: Observables = eqx.field(static=True)

    def __init__(
        self,
        halos: HaloCatalog,
        model: GalaxyHaloModel,
        observables: Observables,
        *,
        profiles: ArrayLike | None = None,
    ) -> None:
        if len(halos) == 0:
            raise HalogradError("the halo catalogue is empty: there is nothing to predict from")
        self.model, self.observables = model, observables
        self.log_mpeak, self.volume = halos.log_mpeak, halos.volume
        self.pairs = _pairs(halos, observables) if observables.wp else None
        self.profiles = _profiles(halos, observables, profiles) if observables.delta_sigma else None

    def __call__(self, theta: Theta) -> Prediction:
        """n, wp and ΔΣ at the parameter values; defaults stand in for missing names."""
        return _predict(self, self._arrays(theta))

    def empty_samples(self, theta: Theta) -> tuple[Sample, ...]:
        """The samples that hold no pair of halos at these parameters: their wp means nothing."""
        empty = np.asarray(_pairless(self, self._arrays(theta)))
        return tuple(s for s, none in zip(self.observables.samples, empty, strict=True) if none)

    def value_and_jacobian(self, theta: Theta) -> tuple[jax.Array, dict[str, jax.Array]]:
        """The data vector and its derivative in every parameter, in one pass over the pairs.

        Returns:
            (n_data,), and by parameter name (n_data,).
        """
        return _value_and_jacobian(self, self._arrays(theta))

    def weights(self, theta: dict[str, jax.Array]) -> jax.Array:
        """W of every row of `log_mpeak` in each sample, all parameters given. (n, n_sample)"""
        return self.model.weights(theta, self.log_mpeak, *_limits(self.observables.samples))

    def galaxies(self, weights: jax.Array) -> jax.Array:
        """The expected galaxies of each row: (n, n_sample) -> the same."""
        return weights

    def pair_weights(self, weights: jax.Array) -> jax.Array:
        """The weights that `pairs` take: (n, n_sample) -> (n_pair_row, n_sample)."""
        return weights

    def _arrays(self, theta: Theta) -> dict[str, jax.Array]:
        """Every parameter as an array, so that its value does not become part of the program."""
        complete = self.model.space.complete(theta)
        return {name: jnp.asarray(value, float) for name, value in complete.items()}


@eqx.filter_jit
def _pairless(predictor: Predictor, theta: dict[str, jax.Array]) -> jax.Array:
    weights = predictor.weights(theta)
    ones = jnp.ones((len(weights), 1), weights.dtype)
    return stats.pairless_samples(weights, multiplicity=predictor.galaxies(ones)[:, 0])


@eqx.filter_jit
def _predict(predictor: Predictor, theta: dict[str, jax.Array]) -> Prediction:
    layout = predictor.observables
    weights = predictor.weights(theta)
    n, wp, lensing = (
        weights[:, [layout.samples.index(sample) for sample in samples]]
        for samples in (layout.n, layout.wp, layout.delta_sigma)
    )
    nothing = jnp.zeros((0, 0), weights.dtype)
    return Prediction(
        stats.number_density(predictor.galaxies(n), predictor.volume),
        stats.wp(predictor.pair_weights(wp), predictor.pairs) if layout.wp else nothing,
        stats.delta_sigma(predictor.galaxies(lensing), predictor.profiles)
        if layout.delta_sigma
        else nothing,
    )


@eqx.filter_jit
def _value_and_jacobian(
    predictor: Predictor, theta: dict[str, jax.Array]
) -> tuple[jax.Array, dict[str, jax.Array]]:
    def twice(theta: dict[str, jax.Array]) -> tuple[jax.Array, jax.Array]:
        vector = _predict(predictor, theta).vector
        return vector, vector

    jacobian, vector = jax.jacfwd(twice, has_aux=True)(theta)
    return vector, jacobian


def _limits(samples: tuple[Sample, ...]) -> tuple[jax.Array, jax.Array]:
    low, high = zip(*samples, strict=True)
    return jnp.asarray(low), jnp.asarray(high)


def _pairs(halos: HaloCatalog, layout: Observables) -> ProjectedPairs:
    return ProjectedPairs(halos.positions, halos.boxsize, layout.rp_edges, layout.pi_max)


def _profiles(halos: HaloCatalog, layout: Observables, profiles: ArrayLike | None) -> np.ndarray:
    if profiles is not None:
        expected = (len(halos), len(layout.r_edges) - 1)
        if np.shape(profiles) != expected:
            raise HalogradError(f"profiles must have shape {expected}, got {np.shape(profiles)}")
        return np.asarray(profiles)
    if halos.particles is None:
        raise HalogradError(
            "ΔΣ needs the matter around the halos: read the catalogue with its particles, or "
            "pass the profiles of the halos"
        )
    return np.asarray(stats.delta_sigma_profiles(halos.positions, halos.particles, layout.r_edges))
