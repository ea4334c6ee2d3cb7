import jax
import jax.numpy as jnp
import numpy as np
import pytest

from halograd import sham
from halograd.errors import HalogradError

ARGS = sham.Schechter(), sham.Scatter(), sham.bolshoi_planck()


@pytest.mark.parametrize(
    "method",
    [
        "exact",
        "network",
        pytest.param("deconvolution", marks=pytest.mark.slow),
        pytest.param("three_roll", marks=pytest.mark.slow),
    ],
)
def test_any_number_of_halos_of_any_mass(method):
    log_m = np.array([5.0, 8.0, 11.0, 12.0, 13.0, 15.0, 17.0])
    mu = np.asarray(sham.mean_log_mstar(log_m, *ARGS, method=method))
    assert mu.shape == (7,)
    assert np.isfinite(mu).all()
    assert (np.diff(mu) > 0).all()
    alone = sham.mean_log_mstar(log_m[3:4], *ARGS, method=method)
    np.testing.assert_allclose(alone, mu[3:4], atol=1e-5)
    assert sham.mean_log_mstar(log_m[:0], *ARGS, method=method).shape == (0,)


def test_default_method_is_exact():
    log_m = np.linspace(11.0, 14.0, 5)
    want = sham.exact_relation(*ARGS).mean_log_mstar(log_m)
    np.testing.assert_array_equal(sham.mean_log_mstar(log_m, *ARGS), want)


def test_scatter_lowers_the_mean_of_massive_halos():
    smf, _, shmf = ARGS
    zero = smf.log_mstar_at(shmf.log_cumulative_density(14.5))
    assert float(sham.mean_log_mstar(np.array([14.5]), *ARGS)[0]) < float(zero) - 0.05


@pytest.mark.slow
def test_gradient_never_flat_or_nan_beyond_the_solved_range():
    def mean(log_m):
        return sham.mean_log_mstar(log_m, *ARGS)

    log_m = jnp.array([6.0, 9.0, 16.0, 18.0])
    slope = jax.jit(jax.grad(lambda at: mean(at).sum()))(log_m)
    assert (slope > 0).all()


def test_bad_input():
    with pytest.raises(
        HalogradError, match=r"there is no method 'magic'; choose one of .*'network'"
    ):
        sham.mean_log_mstar(np.array([12.0]), *ARGS, method="magic")
    with pytest.raises(HalogradError, match="log_mpeak must be finite"):
        sham.mean_log_mstar(np.array([12.0, np.nan]), *ARGS)
    with pytest.raises(HalogradError, match="kernel must be one of"):
        sham.mean_log_mstar(np.array([12.0]), *ARGS, kernel="box")
    with pytest.raises(HalogradError, match="mass_range must be two finite"):
        sham.exact_relation(*ARGS, mass_range=(12.0, 9.0))
