import numpy as np
import pytest

from halograd import inference

BINS = [(10.0, 10.5), (10.5, np.inf)]


@pytest.fixture(scope="session")
def observables():
    return inference.Observables(
        n=BINS,
        wp=BINS,
        rp_edges=[0.2, 1.0, 4.0, 15.0],
        pi_max=20.0,
        delta_sigma=BINS[1:],
        r_edges=[0.3, 1.0, 4.0],
    )


@pytest.fixture(scope="session")
def truth():
    return {"log_m_crit": 11.5, "log_ratio_crit": -1.5, "scatter_high": 0.3}
