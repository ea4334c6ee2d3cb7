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
from halograd.inference.statistics import Source
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

    Attributes:
        sources: By statistic, what it is measured from.
    """

    model: GalaxyHaloModel
    log_mpeak: np.ndarray
    volume: float
    sources: dict[str, Source]
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
        self.sources = {s.name: s.source(halos, profiles) for s in observables.statistics}

    @property
    def pairs(self) -> ProjectedPairs | None:
        """The pairs of wp, or None."""
        return self.sources.get("wp")

    @property
    def profiles(self) -> np.ndarray | None:
        """ΔΣ_i of each row of `log_mpeak`, (n, n_R), h Msun / pc^2, or None."""
        return self.sources.get("delta_sigma")

    def __call__(self, theta: Theta) -> Prediction:
        """The statistics at the parameter values; defaults stand in for missing names."""
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
    weights = predictor.weights(theta)
    in_pairs, galaxies = predictor.pair_weights, predictor.galaxies
    layout, found = predictor.observables, {}
    for statistic in layout.statistics:
        chosen = weights[:, layout.columns(statistic)]
        rows = in_pairs(chosen) if statistic.uses_pairs else galaxies(chosen)
        found[statistic.name] = statistic.measure(rows, predictor.sources[statistic.name])
    return Prediction(**found)


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
