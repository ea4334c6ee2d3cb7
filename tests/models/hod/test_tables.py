"""Halo occupation from tables."""

import numpy as np
import pytest

from halograd import catalogs, inference, models


@pytest.mark.slow
def test_a_table_of_lrgs_on_subhalos():
    halos = catalogs.mock_universe(boxsize=60.0, log_mpeak_min=11.6, particles=False)
    layout = inference.Observables(
        n=["LRG", "LRG_satellite"], wp=["LRG"], rp_edges=np.geomspace(0.2, 15, 7), pi_max=25.0,
        multipoles=["LRG"], s_edges=np.geomspace(1, 15, 5),
    )  # fmt: skip
    model = models.AbacusLRG()
    space = model.space.replace(
        logM_cut={"low": 12.0, "high": 12.6, "value": 12.3}, logM1={"low": 13.0, "high": 13.9},
        sigma={"low": 0.2, "high": 0.6}, alpha={"low": 0.7, "high": 1.3}, kappa={"high": 1.0},
    )  # fmt: skip
    direct = inference.Predictor(halos, model, layout)
    table = inference.tabulate(direct, space=space, tolerance=2e-3, n_draw=200, n_check=4)
    assert table.accuracy.is_met
    theta = {"logM_cut": 12.35, "sigma": 0.35, "alpha": 1.1}
    vector, jacobian = direct.value_and_jacobian(theta)
    found, slopes = table.value_and_jacobian(theta)
    np.testing.assert_allclose(found, vector, rtol=5e-3, atol=5e-3 * np.abs(vector[2:]).min())
    for name in ("logM_cut", "sigma", "alpha"):
        scale = np.abs(jacobian[name]).max()
        np.testing.assert_allclose(slopes[name], jacobian[name], rtol=0.03, atol=0.01 * scale)
