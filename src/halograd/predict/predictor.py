"""From parameters to the data vector: halos, model and statistics put together."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike

from halograd import stats
from halograd.catalogs.halo_catalog import HaloCatalog
from halograd.errors import HalogradError
from halograd.models.model import GalaxyHaloModel, check_samples, expected_galaxies
from halograd.models.parameters import Theta
from halograd.pairs import ProjectedPairs
from halograd.predict.in_halo import InHalo, in_halo_of_all
from halograd.predict.observables import Observables
from halograd.predict.prediction import Prediction
from halograd.samples import Sample
from halograd.statistics import Prepared


class Predictor(eqx.Module):
    """The exact predictions of one model on one halo catalogue.

    What does not depend on parameters (the grid of pairs, the lensing profile of each halo) is
    prepared here, once. Calls are pure functions of the parameters.

    Args:
        halos: The catalogue, with the columns that the model needs; its particles are needed for
            ΔΣ unless `profiles` are given.
        model: Galaxy–halo model.
        observables: What to predict.
        profiles: (n_halo, n_R), ΔΣ_i of each halo on `observables.r_edges`, h Msun / pc^2, to
            reuse what `stats.delta_sigma_profiles` made.

    Attributes:
        columns: Properties of the halos by name, those that the model needs, each (n_halo,).
        prepared: By statistic, what it is measured from.
        volume: Volume of the box, (Mpc/h)^3.
        in_halo: By statistic, the pairs within halos where they are not those of independent
            galaxies on tracers, or None.

    Raises:
        HalogradError: For an empty catalogue, a column that is missing or not finite, samples
            that the model cannot count, and pairs of galaxies that are not independent.
    """

    model: GalaxyHaloModel
    columns: dict[str, np.ndarray]
    volume: float
    prepared: dict[str, Prepared]
    observables: Observables = eqx.field(static=True)
    in_halo: dict[str, InHalo] | None = None

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
        check_predictable(model, observables)
        self.model, self.observables = model, observables
        self.columns, self.volume = columns_of(halos, model), halos.volume
        self.prepared = prepare(halos, observables, profiles)
        self.in_halo = in_halo_of_all(halos, model, self.columns, observables, self.prepared)

    @property
    def pairs(self) -> ProjectedPairs | None:
        """The pairs of wp, or None."""
        return self.prepared.get("wp")

    @property
    def profiles(self) -> np.ndarray | None:
        """ΔΣ_i of each row of the columns, (n, n_R), h Msun / pc^2, or None."""
        return self.prepared.get("delta_sigma")

    @property
    def multiplicity(self) -> np.ndarray | None:
        """How many halos each row of the columns stands for, (n,); None for one each."""
        return None

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
        """Expected galaxies of each sample on each row of the columns. (n, n_sample)

        Args:
            theta: The value of every parameter.
        """
        return expected_galaxies(self.model, theta, self.columns, self.observables.samples)

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


def columns_of(halos: HaloCatalog, model: GalaxyHaloModel) -> dict[str, np.ndarray]:
    """The columns of a catalogue that a model needs, in types that JAX keeps. (n_halo, ...)

    Raises:
        CatalogError: For a column that the catalogue does not have.
        HalogradError: For one that is no number, not finite, or not what the model takes it for.
    """
    needs = (model.needs,) if isinstance(model.needs, str) else model.needs
    columns = {name: _number_column(name, values) for name, values in halos.columns(needs).items()}
    model.check_columns(columns)
    return columns


def check_predictable(model: GalaxyHaloModel, observables: Observables) -> None:
    """Raise HalogradError where a model cannot give what is to be predicted."""
    check_samples(model, observables.samples)
    of_pairs = [statistic.name for statistic in observables.statistics if statistic.uses_pairs]
    if of_pairs and not model.independent:
        raise HalogradError(
            f"{', '.join(of_pairs)} count pairs of galaxies, and those of {type(model).__name__} "
            "are not independent given its columns, so that their expected numbers do not give "
            "the expected pairs: leave these statistics out"
        )


def prepare(
    halos: HaloCatalog, observables: Observables, profiles: ArrayLike | None
) -> dict[str, Prepared]:
    """What each statistic is measured from, by name; `profiles` stand in for those of ΔΣ."""
    given = profiles_by_statistic(halos, observables, profiles)
    return {
        s.name: given[s.name] if s.name in given else s.prepare(halos)
        for s in observables.statistics
    }


def profiles_by_statistic(
    halos: HaloCatalog, observables: Observables, profiles: ArrayLike | None
) -> dict[str, np.ndarray]:
    """The profiles that are given, by the name of the statistic that is their mean.

    Raises:
        HalogradError: For another shape than (n_halo, n_R), and where several statistics are
            means of profiles.
    """
    takers = [s for s in observables.statistics if s.made_from == "profiles"]
    if profiles is None or not takers:
        return {}
    if len(takers) > 1:
        names = ", ".join(s.name for s in takers)
        raise HalogradError(f"profiles are given for one statistic, but {names} are made of them")
    (statistic,), found = takers, np.asarray(profiles)
    expected = (len(halos), len(statistic.separation))
    if found.shape != expected:
        raise HalogradError(f"profiles must have shape {expected}, got {found.shape}")
    return {statistic.name: found}


def _number_column(name: str, values: np.ndarray) -> np.ndarray:
    values = np.asarray(values)
    if values.dtype.kind not in "buif":
        raise HalogradError(
            f"the column {name!r}, which the model needs, holds {values.dtype} and no numbers: "
            "make one of numbers or truth values, by halos.with_columns"
        )
    if values.dtype.kind == "b":
        return values
    if values.dtype.kind in "ui":
        is_small = not values.size or np.abs(values.astype(float)).max() <= np.iinfo(np.int32).max
        return values.astype(np.int32) if is_small else values.astype(np.float64)
    bad = int((~np.isfinite(values)).sum())
    if bad:
        raise HalogradError(
            f"the column {name!r}, which the model needs, is NaN or infinite for {bad} of "
            f"{len(values)} halos: fill it in by halos.with_columns, or leave these halos out"
        )
    return values.astype(values.dtype.newbyteorder("="), copy=False)


@eqx.filter_jit
def _pairless(predictor: Predictor, theta: dict[str, jax.Array]) -> jax.Array:
    return stats.pairless_samples(predictor.weights(theta), multiplicity=predictor.multiplicity)


@eqx.filter_jit
def _predict(predictor: Predictor, theta: dict[str, jax.Array]) -> Prediction:
    weights = predictor.weights(theta)
    in_pairs, galaxies = predictor.pair_weights, predictor.galaxies
    layout, found = predictor.observables, {}
    for statistic in layout.statistics:
        chosen = weights[:, np.array(layout.columns(statistic))]
        rows = in_pairs(chosen) if statistic.uses_pairs else galaxies(chosen)
        prepared = predictor.prepared[statistic.name]
        if predictor.in_halo and statistic.name in predictor.in_halo:
            within = predictor.in_halo[statistic.name]
            prepared = within.corrected(prepared, predictor.model, theta, statistic)
        found[statistic.name] = statistic.measure(rows, prepared)
    return Prediction(found)


@eqx.filter_jit
def _value_and_jacobian(
    predictor: Predictor, theta: dict[str, jax.Array]
) -> tuple[jax.Array, dict[str, jax.Array]]:
    def twice(theta: dict[str, jax.Array]) -> tuple[jax.Array, jax.Array]:
        vector = _predict(predictor, theta).vector
        return vector, vector

    jacobian, vector = jax.jacfwd(twice, has_aux=True)(theta)
    return vector, jacobian
