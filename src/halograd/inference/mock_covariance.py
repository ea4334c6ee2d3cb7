"""The covariance of a data vector over Monte Carlo mocks on one halo catalogue."""

from collections.abc import Callable

import numpy as np
from jax.typing import ArrayLike

from halograd.catalogs.halo_catalog import HaloCatalog
from halograd.errors import HalogradError
from halograd.inference.mock_samples import MockStatistics, check_scatter, membership, mock_samples
from halograd.inference.observables import Observables
from halograd.models import GalaxyHaloModel
from halograd.models.parameters import Theta


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
        seed: Of the galaxies.
        profiles: (n_halo, n_R), ΔΣ_i of each halo, to reuse.
        on_mock: Called with the number of mocks done, after each.

    Returns:
        (n_data, n_data), of the volume of the box, in the order of `observables`.

    Raises:
        HalogradError: For fewer than 2 mocks, and for numbers that never vary.
    """
    if n_mock < 2:
        raise HalogradError(f"a covariance needs n_mock of 2 or more, got {n_mock}")
    measure = MockStatistics(halos, observables, profiles)
    vectors = np.empty((n_mock, observables.size))
    for k, log_mstar in enumerate(mock_samples(seed, n_mock, halos, model, theta)):
        vectors[k] = measure(membership(log_mstar, observables.samples))
        on_mock(k + 1)
    return check_scatter(np.cov(vectors, rowvar=False).reshape((observables.size,) * 2))
