"""The relation of EMERGE: Moster, Naab & White 2018 (arXiv:1705.05373)."""

import numpy as np

from halograd.observations.relations.relation import Relation, in_msun_over_h

_H = 0.6781
_BARYON_FRACTION = 0.156
# Table 8, all galaxies, z = 0.1.
_LOG_M1, _EPSILON, _BETA, _GAMMA = 11.78, 0.15, 1.78, 0.57


def _log_mstar(log_mass: np.ndarray) -> np.ndarray:
    """M*/(f_b M) = 2ε / ((M/M1)^−β + (M/M1)^γ), the form of their eq. (5) with Table 8."""
    x = log_mass - _LOG_M1
    efficiency = 2 * _EPSILON / (10 ** (-_BETA * x) + 10 ** (_GAMMA * x))
    return log_mass + np.log10(_BARYON_FRACTION * efficiency)


MOSTER2018 = Relation(
    name="moster2018",
    label="Moster+ 2018, $z=0.1$",
    galaxies="average of centrals and satellites",
    mass_definition="virial, at its peak for satellites",
    h=_H,
    imf="Chabrier (2003)",
    redshift=(0.1,),
    log_mass_range=in_msun_over_h((10.5, 14.5), _H),
    range_source="that of behroozi2019, no other being stated with the numbers",
    reference="Moster, Naab & White 2018, MNRAS 477, 1822, Table 8",
    arxiv="1705.05373",
    equation=_log_mstar,
)
