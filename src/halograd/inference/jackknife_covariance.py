"""The covariance of a data vector from subvolumes of one halo catalogue."""

from collections.abc import Callable

import jax
import numpy as np
from jax.typing import ArrayLike

from halograd.catalogs.halo_catalog import HaloCatalog
from halograd.errors import HalogradError
from halograd.inference.mock_samples import (
    check_scatter,
    halo_profiles,
    membership,
    mock_samples,
    sample_columns,
)
from halograd.inference.observables import Observables
from halograd.models import GalaxyHaloModel
from halograd.models.parameters import Theta
from halograd.stats import Jackknife, LeaveOneOut

_NO_PAIRS = ([0.0, 1e-3], 1e-3)  # bins for a jackknife without wp


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
    """Covariance of n, wp and ΔΣ by leaving out subvolumes of mocks drawn on the halos.

    `stats.Jackknife` on drawn galaxies: sample variance on scales below the subvolumes, and the
    draw of galaxies, are both in it. Several mocks on the same halos are averaged, which lowers
    the noise that comes from their galaxies. Each mock costs two pair counts.

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
    bins = (layout.rp_edges, layout.pi_max) if layout.wp else _NO_PAIRS
    jackknife = Jackknife(halos.positions, halos.boxsize, *bins, n_side=n_side)
    profiles = halo_profiles(halos, layout, profiles)
    total = np.zeros((layout.size,) * 2)
    for k, log_mstar in enumerate(mock_samples(seed, n_mock, halos, model, theta)):
        found = jackknife.leave_one_out(membership(log_mstar, layout.samples), profiles)
        total += np.asarray(_chosen(found, layout).covariance, np.float64)
        on_mock(k + 1)
    return check_scatter(total / n_mock)


def _chosen(found: LeaveOneOut, layout: Observables) -> LeaveOneOut:
    """Of every sample, the statistics that the layout asks for."""
    n, wp, lensing = (np.array(columns, int) for columns in sample_columns(layout))
    chosen: jax.Array | None = None if found.delta_sigma is None else found.delta_sigma[:, lensing]
    return LeaveOneOut(found.n[:, n], found.wp[:, wp], chosen)
