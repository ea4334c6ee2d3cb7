"""The halos, samples and parameters that tables are measured with."""

import numpy as np

from halograd import catalogs, inference, models

SAMPLES = [(10.0, 10.4), (10.4, 10.8), (10.8, 11.6)]  # log10 Msun
DENSITY = 0.032  # (Mpc/h)^-3, of the mock universe above the least mass
LEAST_MASS = 11.2  # log10 Msun/h
RP_EDGES, PI_MAX = np.geomspace(0.1, 20.0, 13), 40.0
R_EDGES = np.geomspace(0.05, 10.0, 11)
PRIOR = {
    "log_m_crit": (11.0, 12.0),
    "log_ratio_crit": (-2.2, -1.3),
    "low_end": (1.5, 4.0),
    "high_start": (0.1, 1.0),
    "scatter_low": (0.1, 0.5),
    "scatter_high": (0.1, 0.4),
}


def universe(n):
    """A mock universe of about `n` halos."""
    boxsize = max(82.0, round((n / DENSITY) ** (1 / 3), 1))
    return catalogs.mock_universe(seed=0, boxsize=boxsize, log_mpeak_min=LEAST_MASS)


def observables():
    return inference.Observables(
        n=SAMPLES,
        wp=SAMPLES,
        rp_edges=RP_EDGES,
        pi_max=PI_MAX,
        delta_sigma=SAMPLES,
        r_edges=R_EDGES,
    )


def model_and_space():
    """The three-roll relation, six of its parameters free in the prior."""
    model = models.SmhmModel()
    free = {name: {"free": True, "low": low, "high": high} for name, (low, high) in PRIOR.items()}
    return model, model.space.replace(**free)
