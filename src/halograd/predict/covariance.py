"""Covariances of a data vector from the halos of one catalogue: of mocks, and between boxes."""

from collections.abc import Callable, Sequence

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike

from halograd.catalogs.halo_catalog import HaloCatalog
from halograd.errors import HalogradError
from halograd.models.draw import Occupation
from halograd.models.model import GalaxyHaloModel, expected_galaxies
from halograd.models.parameters import Theta
from halograd.predict.observables import Observables
from halograd.predict.prediction import Prediction
from halograd.predict.predictor import columns_of, prepare, profiles_by_statistic
from halograd.statistics import Prepared
from halograd.stats.leave_one_out import scatter


def box_covariance(
    halos: HaloCatalog,
    model: GalaxyHaloModel,
    observables: Observables,
    theta: Theta,
    *,
    n_side: int | ArrayLike = 4,
    statistics: Sequence[str] | None = None,
    profiles: ArrayLike | None = None,
) -> np.ndarray:
    """Covariance of the exact predictions between boxes of this volume, by jackknife.

    As `jackknife_covariance`, but of the expected statistics of all halos, without a draw of
    galaxies: the sample variance that is left in a prediction however many mocks are averaged.
    Added to the covariance of a measurement it lets a fit know what the simulation can support.
    Waves longer than a subvolume are missed, so that it is a lower limit on large scales.

    Args:
        halos: The catalogue; its particles are needed for ΔΣ unless `profiles` are given.
        model: Galaxy–halo model.
        observables: Which numbers.
        theta: Parameter values by name; the defaults stand in for the missing.
        n_side: Subvolumes along each axis, a number or one per axis.
        statistics: Names of those that vary; None for all. The n of abundance matching to the
            catalogue's own counts does not: it is that of the mass function in every box.
        profiles: (n_halo, n_R), ΔΣ_i of each halo, to reuse.

    Returns:
        (n_data, n_data), in the order of `observables`; of rank below the number of subvolumes.

    Raises:
        HalogradError: For fewer than 2 subvolumes, and a statistic without a jackknife.
    """
    layout = observables
    weights = expected_galaxies(model, theta, columns_of(halos, model), layout.samples)
    given = profiles_by_statistic(halos, layout, profiles)
    n_region = int(np.prod(np.broadcast_to(n_side, 3)))
    parts = []
    for s in layout.statistics:
        if statistics is None or s.name in statistics:
            regions = s.without_regions(halos, n_side, given.get(s.name))
            found = s.leave_one_out(weights[:, np.array(layout.columns(s))], regions)
        else:
            found = jnp.zeros((n_region, s.size))
        parts.append(found.reshape(n_region, -1))
    return np.asarray(scatter(jnp.concatenate(parts, axis=1)), np.float64)


def mock_covariance(
    halos: HaloCatalog,
    model: GalaxyHaloModel,
    observables: Observables,
    theta: Theta,
    *,
    n_mock: int,
    seed: int = 0,
    profiles: ArrayLike | None = None,
    on_mock: Callable[[int], None] = lambda done: None,
) -> np.ndarray:
    r"""Covariance of the statistics over galaxies drawn again and again on the same halos,

    $$ C = \frac{1}{N - 1} \sum_k (x_k - \bar x) (x_k - \bar x)^T. $$

    It holds what the draw of galaxies adds, and nothing else: the halos stay, so sample variance
    is not in it (`jackknife_covariance` has it). Each mock costs one pair count.

    Args:
        halos: The catalogue; its particles are needed for ΔΣ unless `profiles` are given.
        model: Galaxy–halo model.
        observables: Which numbers.
        theta: Parameter values by name; the defaults stand in for the missing.
        n_mock: N; an inverse exists for N > n_data + 1, and is noisy unless N is much larger.
        seed: Seed of the galaxies.
        profiles: (n_halo, n_R), ΔΣ_i of each halo, to reuse.
        on_mock: Called with the number of mocks done, after each.

    Returns:
        (n_data, n_data), of the volume of the box, in the order of `observables`.

    Raises:
        HalogradError: For fewer than 2 mocks, numbers that never vary, and a model that cannot be
            drawn from.
    """
    if n_mock < 2:
        raise HalogradError(f"a covariance needs n_mock of 2 or more, got {n_mock}")
    galaxies = Occupation(model, theta, columns_of(halos, model), observables.samples)
    measure = MockStatistics(halos, observables, profiles)
    vectors = np.empty((n_mock, observables.size))
    for k, key in enumerate(jax.random.split(jax.random.key(seed), n_mock)):
        vectors[k] = measure(galaxies.draw(key))
        on_mock(k + 1)
    return _varying(np.cov(vectors, rowvar=False).reshape((observables.size,) * 2))


def jackknife_covariance(
    halos: HaloCatalog,
    model: GalaxyHaloModel,
    observables: Observables,
    theta: Theta,
    *,
    n_side: int | ArrayLike = 4,
    n_mock: int = 1,
    seed: int = 0,
    profiles: ArrayLike | None = None,
    on_mock: Callable[[int], None] = lambda done: None,
) -> np.ndarray:
    """Covariance by leaving out subvolumes of mocks drawn on the halos.

    As `stats.Jackknife`, of every statistic, on drawn galaxies: sample variance on scales below
    the subvolumes, and the draw of galaxies, are both in it. Several mocks on the same halos are
    averaged, which lowers the noise that comes from their galaxies. Each mock costs two pair
    counts for every statistic of pairs, and line of sight.

    Args:
        halos: The catalogue; its particles are needed for ΔΣ unless `profiles` are given.
        model: Galaxy–halo model.
        observables: Which numbers.
        theta: Parameter values by name; the defaults stand in for the missing.
        n_side: Subvolumes along each axis, a number or one per axis; their sides should exceed
            the largest separation. An inverse exists only for more subvolumes than numbers.
        n_mock: Mocks to average over.
        seed: Seed of the galaxies.
        profiles: (n_halo, n_R), ΔΣ_i of each halo, to reuse.
        on_mock: Called with the number of mocks done, after each.

    Returns:
        (n_data, n_data), of the volume of the box, in the order of `observables`.

    Raises:
        HalogradError: For fewer than 2 subvolumes or no mock, numbers that never vary, a model
            that cannot be drawn from, and a statistic without a jackknife.
    """
    if n_mock < 1:
        raise HalogradError(f"a jackknife needs n_mock of 1 or more, got {n_mock}")
    layout = observables
    galaxies = Occupation(model, theta, columns_of(halos, model), layout.samples)
    given = profiles_by_statistic(halos, layout, profiles)
    regions = {
        s.name: s.without_regions(halos, n_side, given.get(s.name)) for s in layout.statistics
    }
    total = np.zeros((layout.size,) * 2)
    for k, key in enumerate(jax.random.split(jax.random.key(seed), n_mock)):
        counts = galaxies.draw(key)
        found = [
            s.leave_one_out(counts[:, np.array(layout.columns(s))], regions[s.name])
            for s in layout.statistics
        ]
        vectors = jnp.concatenate([part.reshape(len(part), -1) for part in found], axis=1)
        total += np.asarray(scatter(vectors), np.float64)
        on_mock(k + 1)
    return _varying(total / n_mock)


class MockStatistics(eqx.Module):
    """The statistics of galaxies on halos, in the layout of a data vector.

    Args:
        halos: The catalogue.
        observables: What to measure.
        profiles: (n_halo, n_R), ΔΣ_i of each halo; made from the particles where None.
    """

    prepared: dict[str, Prepared]
    observables: Observables = eqx.field(static=True)

    def __init__(
        self, halos: HaloCatalog, observables: Observables, profiles: ArrayLike | None = None
    ) -> None:
        self.observables = observables
        self.prepared = prepare(halos, observables, profiles)

    @eqx.filter_jit
    def __call__(self, galaxies: jax.Array) -> jax.Array:
        """Numbers of galaxies (n_halo, n_sample), for the samples of the observables -> (n_data,).

        Galaxies of one halo count as in the prediction: no pairs among themselves.
        """
        layout = self.observables
        parts = {
            s.name: s.measure(galaxies[:, np.array(layout.columns(s))], self.prepared[s.name])
            for s in layout.statistics
        }
        return Prediction(parts).vector


def _varying(covariance: np.ndarray) -> np.ndarray:
    """The covariance; HalogradError where a number never varied."""
    constant = int((np.diag(covariance) <= 0).sum())
    if constant:
        raise HalogradError(
            f"{constant} of {len(covariance)} numbers have no scatter: a sample holds too few "
            "galaxies for its n, pairs or lenses to vary; use wider samples or bins, or more halos"
        )
    return covariance
