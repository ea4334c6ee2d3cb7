import numpy as np
import pytest

from halograd import sham
from halograd.kernels import kernel
from halograd.network_training.misfit import returned_misfit
from halograd.sham.network.correction import corrected
from halograd.sham.network.labels import label_halos

MASSES = (9.0, 12.0)


@pytest.mark.parametrize(("name", "sigma"), [("triweight", 0.2), ("normal", 0.12)])
def test_a_wrong_mean_is_brought_near_the_solution(name, sigma):
    shape = kernel(name)
    parts = sham.Schechter(), sham.Scatter(sigma, sigma), sham.bolshoi_planck()
    labels = label_halos(*parts, shape, (8.5, 12.2), 400)
    wrong = labels.log_mstar - 0.02 - 0.03 * np.sin(4 * labels.log_mstar)
    right = corrected(corrected(wrong, labels, shape, MASSES), labels, shape, MASSES)
    before, after = (
        np.abs(returned_misfit(mean, labels, shape)[0]).max() for mean in (wrong, right)
    )
    assert before > 0.1
    assert after < 0.05 * before


def test_the_mean_always_rises():
    shape = kernel("triweight")
    parts = sham.Schechter(), sham.Scatter(0.5, 0.5), sham.bolshoi_planck()
    labels = label_halos(*parts, shape, (8.5, 12.2), 400)
    folded = labels.log_mstar - 0.3 * np.sin(6 * labels.log_mstar)
    assert (np.diff(corrected(folded, labels, shape, MASSES)) > 0).all()


def test_halos_of_no_scatter_are_left_alone():
    shape = kernel("triweight")
    parts = sham.Schechter(), sham.Scatter(0.0, 0.0), sham.bolshoi_planck()
    labels = label_halos(*parts, shape, (8.5, 12.2), 400)
    np.testing.assert_allclose(
        corrected(labels.log_mstar, labels, shape, MASSES), labels.log_mstar, atol=2e-5
    )
