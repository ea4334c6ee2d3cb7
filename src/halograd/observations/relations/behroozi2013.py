"""The relation of Behroozi, Wechsler & Conroy 2013 (arXiv:1207.6105)."""

import numpy as np

from halograd.observations.relations.relation import Relation, in_msun_over_h

_H = 0.7
# Section 5, at a = 1, where every term of the evolution with redshift vanishes.
_LOG_EPSILON, _LOG_M1 = -1.777, 11.514
_ALPHA, _DELTA, _GAMMA = -1.412, 3.508, 0.316


def _shape(x: np.ndarray) -> np.ndarray:
    power = np.log10(1 + np.exp(x)) ** _GAMMA / (1 + np.exp(10.0**-x))
    return -np.log10(10 ** (_ALPHA * x) + 1) + _DELTA * power  # (3)


def _log_mstar(log_mass: np.ndarray) -> np.ndarray:
    """Eq. (3): log M* = log(ε M1) + f(log M/M1) − f(0)."""
    return _LOG_EPSILON + _LOG_M1 + _shape(log_mass - _LOG_M1) - _shape(np.zeros(()))


BEHROOZI2013 = Relation(
    name="behroozi2013",
    label="Behroozi+ 2013, $z=0$",
    galaxies="median of centrals and satellites",
    mass_definition="virial (Bryan & Norman 1998), at its peak for satellites",
    h=_H,
    imf="Chabrier (2003)",
    redshift=(0.0,),
    log_mass_range=in_msun_over_h((10.5, 14.5), _H),
    range_source="that of behroozi2019, no other being stated with the numbers",
    reference="Behroozi, Wechsler & Conroy 2013, ApJ 770, 57, eq. (3) and section 5",
    arxiv="1207.6105",
    equation=_log_mstar,
)
