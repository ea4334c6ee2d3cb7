"""Mock galaxies drawn from a model: the Monte Carlo counterpart of the exact predictions."""

import jax
import jax.numpy as jnp
import numpy as np

from halograd._version import __version__
from halograd.catalogs.halo_catalog import HaloCatalog
from halograd.models.galaxy_catalog import GalaxyCatalog
from halograd.models.galaxy_halo_model import GalaxyHaloModel
from halograd.models.parameters import Theta


def draw_galaxies(
    key: jax.Array,
    halos: HaloCatalog,
    model: GalaxyHaloModel,
    theta: Theta,
    *,
    log_mstar_min: float = -np.inf,
) -> GalaxyCatalog:
    """Draw one galaxy for each halo, log M* = μ + σ u, and keep the massive ones.

    Expectations over draws of n, ΔΣ and DD are the exact predictions of `stats`.

    Args:
        key: JAX random key; the same key draws the same galaxies.
        halos: The catalogue.
        model: Gives μ and σ of each halo.
        theta: Parameter values by name; defaults stand in for the missing.
        log_mstar_min: Keep galaxies at or above this, log10 Msun.
    """
    theta = model.space.complete(theta)
    log_mpeak = jnp.asarray(halos.log_mpeak)
    mean = model.mean_log_mstar(theta, log_mpeak)
    deviate = standard_deviates(key, len(halos), model.kernel)
    log_mstar = np.asarray(mean + model.scatter(theta, log_mpeak) * deviate, np.float64)
    rows = np.flatnonzero(log_mstar >= log_mstar_min)
    return GalaxyCatalog(
        positions=halos.positions[rows],
        velocities=None if halos.velocities is None else halos.velocities[rows],
        log_mstar=log_mstar[rows],
        log_mpeak=halos.log_mpeak[rows],
        is_satellite=halos.is_satellite[rows],
        halo_row=rows,
        boxsize=halos.boxsize,
        redshift=halos.redshift,
        provenance=_provenance(halos, model, theta, log_mstar_min),
    )


def standard_deviates(key: jax.Array, n: int, kernel: str) -> jax.Array:
    """Draws of (log M* - μ) / σ with the density of the kernel, (n,)."""
    if kernel == "normal":
        return jax.random.normal(key, (n,))
    # The triweight (1 - (u/3)^2)^3 on [-3, 3] is a Beta(4, 4) stretched.
    return 3 * (2 * jax.random.beta(key, 4.0, 4.0, (n,)) - 1)


def _provenance(
    halos: HaloCatalog, model: GalaxyHaloModel, theta: Theta, log_mstar_min: float
) -> dict[str, str]:
    values = {f"parameter {name}": f"{float(value):.9g}" for name, value in theta.items()}
    source = {f"halos {key}": value for key, value in halos.provenance.items()}
    return {
        "made by": f"halograd {__version__}",
        "model": type(model).__name__,
        "kernel": model.kernel,
        "log_mstar_min": f"{log_mstar_min:g}",
        **values,
        **source,
    }
