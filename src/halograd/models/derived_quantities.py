"""What the galaxies of a sample have in common: their satellite fraction and halo mass."""

from collections.abc import Iterable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from halograd.catalogs.halo_catalog import HaloCatalog
from halograd.models.model import GalaxyHaloModel, expected_galaxies
from halograd.models.parameters import Theta
from halograd.samples import ALL, samples_from


class DerivedQuantities(NamedTuple):
    """Means over the expected galaxies of samples; NaN where a sample has none.

    Attributes:
        satellite_fraction: (n_sample,), the fraction of galaxies that are not at the centre of
            their host.
        log_host_mass: (n_sample,), log10 of the mean mass of their hosts, Msun/h.
    """

    satellite_fraction: jax.Array
    log_host_mass: jax.Array


def derived_quantities(
    halos: HaloCatalog,
    model: GalaxyHaloModel,
    theta: Theta,
    samples: Iterable[Any] = (ALL,),
) -> DerivedQuantities:
    """Satellite fraction and mean host mass of samples, differentiable in the parameters.

    Args:
        halos: The catalogue or tracers, with the hosts of satellites.
        model: Galaxy–halo model.
        theta: Parameter values by name; defaults stand in for the missing.
        samples: As in `Observables`.

    Raises:
        CatalogError: Where the host of a satellite is not known.
    """
    samples = samples_from(samples)
    weights = expected_galaxies(model, theta, halos.columns(model.needs), samples)
    # Masses relative to the heaviest, so that their sums stay within float32.
    log_mass = halos.column("host_log_mass")
    unit = float(log_mass.max())
    number = weights.sum(axis=0)
    of_satellites = weights[halos.is_satellite].sum(axis=0)
    mass = jnp.asarray(10 ** (log_mass - unit), weights.dtype) @ weights
    return DerivedQuantities(of_satellites / number, unit + jnp.log10(mass / number))
