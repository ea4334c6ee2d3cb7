"""A few hundred clustered halos with matter around them: small, quick, not physical."""

import numpy as np

from halograd.catalogs import HaloCatalog, Particles

BOXSIZE = 60.0


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
