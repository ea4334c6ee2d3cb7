"""Matter around halos on large scales, from the linear power spectrum."""

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import j1

if TYPE_CHECKING:
    from colossus.cosmology.cosmology import Cosmology as ColossusCosmology

_LOG_K_RANGE = (-4.0, 4.0)  # h/Mpc
_N_K = 10_000


def linear_disc_masses(
    cosmology: "ColossusCosmology", redshift: float, mean_density: float, radii: np.ndarray
) -> np.ndarray:
    r"""Excess mass within discs around a tracer of bias 1, along an infinite line of sight,

    $$ M(<R) = \bar\rho R \int_0^\infty P_{lin}(k) J_1(kR) \, dk , $$

    the projected correlation function of linear theory integrated over the disc. Times the bias
    of a halo it is the two-halo term.

    Args:
        cosmology: Of colossus; its power spectrum is that of Eisenstein & Hu 1998.
        redshift: Of the matter.
        mean_density: Comoving, Msun/h per (Mpc/h)^3.
        radii: (n,), comoving Mpc/h.

    Returns:
        (n,), Msun/h.
    """
    log_k = np.linspace(*_LOG_K_RANGE, _N_K)
    k = 10**log_k
    per_step = cosmology.matterPowerSpectrum(k, redshift) * k * np.log(10) * (log_k[1] - log_k[0])
    return mean_density * radii * np.array([per_step @ j1(k * radius) for radius in radii])
