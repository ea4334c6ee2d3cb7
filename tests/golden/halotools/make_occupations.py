"""Mean occupations of the package halotools, written to occupations.npz beside this file.

Run in an environment with halotools 0.9.4: `python make_occupations.py`.
"""

from pathlib import Path

import halotools
import numpy as np
from halotools.empirical_models import (
    AssembiasZheng07Cens,
    AssembiasZheng07Sats,
    Leauthaud11Cens,
    Leauthaud11Sats,
    Zheng07Cens,
    Zheng07Sats,
)

LOG_MASS = np.linspace(10.5, 15.5, 101)
MASS = 10**LOG_MASS
THRESHOLDS = (-18, -18.5, -19, -19.5, -20, -20.5, -21, -21.5, -22)
STRENGTHS = (-1.0, -0.4, 0.0, 0.4, 1.0)
SPLITS = (0.5, 0.3)
STELLAR = (9.8, 10.3, 10.8)  # log10 of the mass in Msun / h^2, as halotools takes it

NAMES = ("logMmin", "sigma_logM", "logM0", "logM1", "alpha")


def zheng():
    found = {}
    for threshold in THRESHOLDS:
        central = Zheng07Cens(threshold=threshold)
        satellite = Zheng07Sats(threshold=threshold)
        modulated = Zheng07Sats(threshold=threshold, modulate_with_cenocc=True)
        parameters = {**central.param_dict, **satellite.param_dict}
        found[f"zheng {threshold} parameters"] = [parameters[name] for name in NAMES]
        found[f"zheng {threshold} central"] = central.mean_occupation(prim_haloprop=MASS)
        found[f"zheng {threshold} satellite"] = satellite.mean_occupation(prim_haloprop=MASS)
        found[f"zheng {threshold} modulated"] = modulated.mean_occupation(prim_haloprop=MASS)
    return found


def decorated():
    found = {}
    for split in SPLITS:
        for strength in STRENGTHS:
            for name, kind in (
                ("central", AssembiasZheng07Cens),
                ("satellite", AssembiasZheng07Sats),
            ):
                model = kind(threshold=-20, split=split, assembias_strength=strength)
                for side, percentile in (("lower", 0.01), ("upper", 0.99)):
                    found[f"decorated {split} {strength} {name} {side}"] = model.mean_occupation(
                        prim_haloprop=MASS, sec_haloprop_percentile=np.full(len(MASS), percentile)
                    )
    return found


def leauthaud():
    found = {}
    for threshold in STELLAR:
        central = Leauthaud11Cens(threshold=threshold, redshift=0.0)
        satellite = Leauthaud11Sats(threshold=threshold, redshift=0.0)
        found[f"leauthaud {threshold} central"] = central.mean_occupation(prim_haloprop=MASS)
        found[f"leauthaud {threshold} satellite"] = satellite.mean_occupation(prim_haloprop=MASS)
    parameters = {**central.param_dict, **satellite.param_dict}
    found["leauthaud names"] = np.array(sorted(parameters))
    found["leauthaud values"] = [parameters[name] for name in sorted(parameters)]
    return found


if __name__ == "__main__":
    arrays = {"log_mass": LOG_MASS, **zheng(), **decorated(), **leauthaud()}
    np.savez_compressed(
        Path(__file__).with_name("occupations.npz"), halotools=halotools.__version__, **arrays
    )
