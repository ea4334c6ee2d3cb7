"""The lensing profile of every halo, from whatever matter its catalogue has."""

import jax
import numpy as np
from numpy.typing import ArrayLike

from halograd.catalogs.halo_catalog import HaloCatalog
from halograd.errors import HalogradError
from halograd.stats.analytic_profiles import analytic_delta_sigma_profiles
from halograd.stats.profiles import delta_sigma_profiles


def lensing_profiles(halos: HaloCatalog, r_edges: ArrayLike) -> np.ndarray | jax.Array:
    """ΔΣ_i of each halo: analytic where the catalogue asks for it, else from its particles.

    Args:
        halos: The catalogue, with `analytic_matter` or `particles`.
        r_edges: (n_R + 1,), edges of the annuli, comoving Mpc/h, the first above 0.

    Returns:
        (n_halo, n_R), h Msun / pc^2, comoving.

    Raises:
        HalogradError: Where the catalogue has neither.
    """
    if halos.analytic_matter is not None:
        return analytic_delta_sigma_profiles(halos, r_edges, halos.analytic_matter)
    if halos.particles is None:
        raise HalogradError(
            "ΔΣ needs the matter around the halos: read the catalogue with its particles, pass "
            "the profiles of the halos, or let an analytic profile stand in ([lensing] source = "
            '"analytic"; in Python, dataclasses.replace(halos, analytic_matter=AnalyticMatter()))'
        )
    return delta_sigma_profiles(halos.positions, halos.particles, r_edges)
