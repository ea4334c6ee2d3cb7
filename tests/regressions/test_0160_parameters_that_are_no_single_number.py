"""Parameters that were arrays, infinite or no numbers ended in errors of JAX, or in NaN weights."""

import numpy as np
import pytest

from halograd import models, sham, stats
from halograd.errors import HalogradError
from halograd.inference import Observables, Predictor
from halograd.models.model import expected_galaxies
from halograd.samples import Sample
from oracles.toy_universe import toy_universe

COLUMNS = {"log_mpeak": np.array([11.0, 12.0, 13.0])}
LAYOUT = {"wp": [(10.5, np.inf)], "rp_edges": [0.3, 2.0, 9.0], "pi_max": 15.0}


@pytest.mark.parametrize(
    ("value", "message"),
    [(np.inf, "finite, got inf"), (np.nan, "finite, got nan"), ([11.5, 12.0], r"shape \(2,\)")],
)
def test_of_a_model(value, message):
    with pytest.raises(HalogradError, match=f"parameter log_m_crit must be .*{message}"):
        expected_galaxies(models.SmhmModel(), {"log_m_crit": value}, COLUMNS, [Sample(10.0)])


@pytest.mark.parametrize("method", ["network", "exact"])
def test_of_abundance_matching(method):
    shmf = sham.bolshoi_planck()
    cases = [
        (sham.Schechter(log_mstar=[10.8, 10.9]), sham.Scatter(), "log_mstar of Schechter"),
        (sham.Schechter(), sham.Scatter(low=[0.2]), "low of Scatter"),
    ]
    for smf, scatter, name in cases:
        with pytest.raises(HalogradError, match=f"{name} must be one number"):
            sham.mean_log_mstar(COLUMNS["log_mpeak"], smf, scatter, shmf, method=method)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"pi_max": 3j}, "pi_max must be"),
        ({"pi_max": [1.0, 2.0]}, "pi_max must be one number"),
        ({"wp": None}, "wp|samples|observables"),
        ({"wp": 10.5}, "listed in brackets"),
        ({"wp": np.array(10.5)}, "listed in brackets"),
        ({"wp": [(10, 10**400)]}, "a sample is a pair"),
    ],
)
def test_of_observables(change, message):
    with pytest.raises(HalogradError, match=message):
        Predictor(toy_universe(30, 100), models.SmhmModel(), Observables(**LAYOUT | change))


def test_a_number_too_large_for_a_float():
    with pytest.raises(HalogradError, match="volume must be numbers"):
        stats.number_density(np.ones(3), 10**400)
