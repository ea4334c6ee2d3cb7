"""A few hundred clustered halos with matter around them: small, quick, not physical."""

import numpy as np

from halograd.catalogs import HaloCatalog, Particles
from halograd.inference import Observables

BOXSIZE = 60.0
BINS = [(10.0, 10.5), (10.5, np.inf)]
TRUTH = {"log_m_crit": 11.5, "log_ratio_crit": -1.5, "scatter_high": 0.3}


def toy_observables():
    """n and wp of two samples of stellar mass, and ΔΣ of the brighter."""
    return Observables(
        n=BINS,
        wp=BINS,
        rp_edges=[0.2, 1.0, 4.0, 15.0],
        pi_max=20.0,
        delta_sigma=BINS[1:],
        r_edges=[0.3, 1.0, 4.0],
    )


def toy_universe(n_halo=300, n_particle=2000, seed=0):
    rng = np.random.default_rng(seed)
    centres = rng.random((n_halo // 10, 3)) * BOXSIZE
    positions = centres[rng.integers(len(centres), size=n_halo)]
    positions = (positions + rng.normal(scale=1.0, size=positions.shape)) % BOXSIZE
    around = positions[rng.integers(n_halo, size=n_particle)]
    matter = (around + rng.normal(scale=0.5, size=around.shape)) % BOXSIZE
    return HaloCatalog(
        positions=positions,
        velocities=rng.normal(scale=300.0, size=positions.shape),
        log_mpeak=11.0 + rng.exponential(0.5, n_halo),
        is_satellite=rng.random(n_halo) < 0.2,
        boxsize=BOXSIZE,
        redshift=0.0,
        particles=Particles(matter, 1e11, BOXSIZE),
    )
