"""The covariance of a data vector from subvolumes of one halo catalogue."""

from collections.abc import Callable

import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike

from halograd.catalogs.halo_catalog import HaloCatalog
from halograd.errors import HalogradError
from halograd.inference.mock_samples import check_scatter, membership, mock_samples
from halograd.inference.observables import Observables
from halograd.models import GalaxyHaloModel
from halograd.models.parameters import Theta
from halograd.stats.leave_one_out import scatter


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
        seed: Of the galaxies.
        profiles: (n_halo, n_R), ΔΣ_i of each halo, to reuse.
        on_mock: Called with the number of mocks done, after each.

    Returns:
        (n_data, n_data), of the volume of the box, in the order of `observables`.

    Raises:
        HalogradError: For fewer than 2 subvolumes or no mock, and for numbers that never vary.
    """
    if n_mock < 1:
        raise HalogradError(f"a jackknife needs n_mock of 1 or more, got {n_mock}")
    layout = observables
    regions = {s.name: s.without_regions(halos, n_side, profiles) for s in layout.statistics}
    total = np.zeros((layout.size,) * 2)
    for k, log_mstar in enumerate(mock_samples(seed, n_mock, halos, model, theta)):
        members = membership(log_mstar, layout.samples)
        found = [
            s.leave_one_out(members[:, layout.columns(s)], regions[s.name])
            for s in layout.statistics
        ]
        vectors = jnp.concatenate([part.reshape(len(part), -1) for part in found], axis=1)
        total += np.asarray(scatter(vectors), np.float64)
        on_mock(k + 1)
    return check_scatter(total / n_mock)
