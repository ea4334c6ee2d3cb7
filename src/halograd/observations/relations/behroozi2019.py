"""The relation of UniverseMachine: Behroozi et al. 2019 (arXiv:1806.07893)."""

import numpy as np

from halograd.observations.relations.relation import Relation, in_msun_over_h

_H = 0.678
# Table J1, first row (observed stellar mass, all galaxies, centrals and satellites), at a = 1,
# where every term of the evolution with redshift vanishes.
_EPSILON, _LOG_M1 = -1.435, 12.035
_ALPHA, _BETA, _DELTA, _LOG_GAMMA = 1.963, 0.482, 0.411, -1.034


def _log_mstar(log_mass: np.ndarray) -> np.ndarray:
    """Eqs. (J1, J2): log M*/M1 = ε − log(10^(−αx) + 10^(−βx)) + γ exp(−x²/2δ²), x = log M/M1."""
    x = log_mass - _LOG_M1
    bump = 10**_LOG_GAMMA * np.exp(-0.5 * (x / _DELTA) ** 2)
    return _LOG_M1 + _EPSILON - np.log10(10 ** (-_ALPHA * x) + 10 ** (-_BETA * x)) + bump


BEHROOZI2019 = Relation(
    name="behroozi2019",
    label="Behroozi+ 2019, $z=0$",
    galaxies="median of centrals and satellites, observed stellar mass",
    mass_definition="peak virial (Bryan & Norman 1998)",
    h=_H,
    imf="Chabrier (2003)",
    redshift=(0.0,),
    log_mass_range=in_msun_over_h((10.5, 14.5), _H),
    range_source="the program of the authors that tabulates the relation",
    reference="Behroozi, Wechsler, Hearin & Conroy 2019, MNRAS 488, 3143, eqs. (J1-J8), Table J1",
    arxiv="1806.07893",
    equation=_log_mstar,
)
