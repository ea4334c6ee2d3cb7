"""The relation of Leauthaud et al. 2012 (arXiv:1104.0928) from COSMOS, 0.22 < z < 0.48."""

import numpy as np

from halograd.observations.relations.relation import Relation, in_msun_over_h

_H = 0.72
# Table 5, first redshift bin, SIG_MOD1.
_LOG_M1, _LOG_MSTAR0 = 12.520, 10.916
_BETA, _DELTA, _GAMMA = 0.457, 0.566, 1.530
_LOG_MSTAR = np.linspace(8.5, 11.8, 3301)  # linear between nodes: off by less than 1e-6 dex


def log_mass_at(log_mstar: np.ndarray) -> np.ndarray:
    """Halo mass, log10 Msun, at mean stellar mass, log10 Msun.

    log M = log M1 + β log m + m^δ/(1 + m^−γ) − 1/2, m = M*/M*0: the form of Behroozi, Conroy &
    Wechsler 2010 (arXiv:1001.0015).
    """
    m = 10 ** (log_mstar - _LOG_MSTAR0)
    return _LOG_M1 + _BETA * np.log10(m) + m**_DELTA / (1 + m**-_GAMMA) - 0.5


def _log_mstar(log_mass: np.ndarray) -> np.ndarray:
    return np.interp(log_mass, log_mass_at(_LOG_MSTAR), _LOG_MSTAR)


LEAUTHAUD2012 = Relation(
    name="leauthaud2012",
    label="Leauthaud+ 2012, $z=0.37$",
    galaxies="mean log M* of centrals",
    mass_definition="200 times the mean density of matter, of the host halo today",
    h=_H,
    imf="Chabrier (2003)",
    redshift=(0.22, 0.48),
    log_mass_range=in_msun_over_h((11.05, 14.0), _H),
    range_source="the authors' tabulation, 8.8 < log M* < 11.45",
    reference="Leauthaud et al. 2012, ApJ 744, 159, Table 5",
    arxiv="1104.0928",
    equation=_log_mstar,
)
