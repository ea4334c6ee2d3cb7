"""The halos and parameters that every method is given."""

import numpy as np

from halograd import sham

DENSITY = 0.064  # (Mpc/h)^-3, so that 1e6 halos fill a box of 250 Mpc/h
THETA = (-2.3, 10.85, -1.06, 0.3, 0.2, 12.0)
NAMES = ("log_phi", "log_mstar", "alpha", "scatter_low", "scatter_high", "scatter_log_m_mid")
EDGES = (10.3, 10.6, 10.9, 11.4)  # of three samples, log10 Msun


def log_mpeak(n):
    """(n,) float32, log10 Msun/h: as many halos of each mass as Bolshoi-Planck has at z = 0."""
    rank = np.random.default_rng(0).random(n)
    log_n = np.log10(DENSITY * np.maximum(rank, 1e-9))
    return np.asarray(sham.bolshoi_planck().log_m_at(log_n), np.float32)
