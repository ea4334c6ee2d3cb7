"""From the mass in discs to ΔΣ in annuli, for every source of ΔΣ alike."""

from typing import TypeVar

import jax
import numpy as np
from numpy.typing import ArrayLike

from halograd import _checks
from halograd.errors import HalogradError

Masses = TypeVar("Masses", np.ndarray, jax.Array)

PC2_PER_MPC2 = 1e12


def annulus_edges(r_edges: ArrayLike) -> np.ndarray:
    """The edges of annuli around a central disc, comoving Mpc/h, checked. (n_R + 1,)"""
    edges = _checks.increasing_edges("r_edges", r_edges)
    if edges[0] == 0:
        raise HalogradError("r_edges must start above 0: ΔΣ needs a disc inside its first annulus")
    return edges


def annulus_excess(masses: Masses, edges: np.ndarray) -> Masses:
    """ΔΣ of each annulus: the mean over it of the mean Σ inside R, less its own Σ.

    Within an annulus the mass is taken to grow linearly in R, as in an isothermal profile.

    Args:
        masses: (n, n_R + 1), excess mass in the central disc and in each annulus.
        edges: (n_R + 1,), Mpc/h.

    Returns:
        (n, n_R), the unit of the masses per (Mpc/h)^2.
    """
    inner, outer = edges[:-1], edges[1:]
    within = masses.cumsum(axis=1)[:, :-1]
    annulus = masses[:, 1:]
    log_ratio, area = np.log(outer / inner), np.pi * (outer**2 - inner**2)
    # M(R) = within + annulus (R - inner) / (outer - inner), integrated over 2 M / (R area) dR
    cored = within - annulus * (inner / (outer - inner)).astype(masses.dtype)
    mean_inside = 2 * (cored * log_ratio.astype(masses.dtype) + annulus)
    return (mean_inside - annulus) / area.astype(masses.dtype)
