"""How far the predictions of one box are from those of another of its size."""

from collections.abc import Sequence

import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike

from halograd.catalogs.halo_catalog import HaloCatalog
from halograd.inference.observables import Observables
from halograd.models import GalaxyHaloModel
from halograd.models.parameters import Theta
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
        HalogradError: For fewer than 2 subvolumes.
    """
    layout = observables
    edges = (jnp.asarray(limits) for limits in zip(*layout.samples, strict=True))
    weights = model.weights(model.space.complete(theta), jnp.asarray(halos.log_mpeak), *edges)
    n_region = int(np.prod(np.broadcast_to(n_side, 3)))
    parts = []
    for s in layout.statistics:
        if statistics is None or s.name in statistics:
            regions = s.without_regions(halos, n_side, profiles)
            found = s.leave_one_out(weights[:, layout.columns(s)], regions)
        else:
            found = jnp.zeros((n_region, s.size))
        parts.append(found.reshape(n_region, -1))
    return np.asarray(scatter(jnp.concatenate(parts, axis=1)), np.float64)
