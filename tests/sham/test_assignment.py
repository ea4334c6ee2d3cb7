import jax
import numpy as np
import pytest

from halograd import sham
from halograd.errors import HalogradError
from halograd.sham.assignment import assign_stellar_masses
from halograd.sham.deconvolution import deconvolved_relation
from halograd.sham.host_values import in_float64

SMF, SHMF, KEY = sham.Schechter(), sham.bolshoi_planck(), jax.random.key(3)
VOLUME, N_HALO = 100.0**3, 20_000
NONE = sham.Scatter(0.0, 0.0)


def halos(n=N_HALO, volume=VOLUME):
    """Shuffled halo masses whose counts follow the abundance of `SHMF`."""
    x = np.log10((np.arange(1, n + 1) - 0.5) / volume)
    with jax.enable_x64(True):
        log_m = np.asarray(sham.bolshoi_planck().log_m_at(x))
    return np.random.default_rng(1).permutation(log_m)


def counts_off(masses, smf, volume):
    """n_gal(>m_k) V − (k − ½) for the k-th largest mass; below ½ the counts agree within one."""
    with jax.enable_x64(True):
        (smf,) = in_float64((smf,))
        expected = volume * 10 ** np.asarray(smf.log_cumulative_density(np.sort(masses)[::-1]))
    return np.abs(expected - (np.arange(masses.size) + 0.5)).max()


@pytest.mark.parametrize("kernel", ["triweight", "normal"])
@pytest.mark.parametrize("scatter", [NONE, sham.Scatter(0.3, 0.2)], ids=["none", "scatter"])
def test_the_mock_has_exactly_the_smf(scatter, kernel):
    masses = assign_stellar_masses(KEY, halos(), VOLUME, SMF, scatter, kernel=kernel)
    assert masses.shape == (N_HALO,)
    assert masses.dtype == np.float64
    assert counts_off(masses, SMF, VOLUME) < 0.05


DOUBLE = sham.DoubleSchechter(10.7, -2.4, -0.35, -3.1, -1.47)
ROWS = np.linspace(7.0, 12.0, 26)
TABLE = sham.TabulatedSMF(ROWS, SMF.log_density(ROWS))


@pytest.mark.slow
@pytest.mark.parametrize("smf", [DOUBLE, TABLE], ids=["double", "table"])
def test_of_any_smf(smf):
    masses = assign_stellar_masses(KEY, halos(4000, 1e5), 1e5, smf, sham.Scatter(0.2, 0.2))
    assert counts_off(masses, smf, 1e5) < 0.05


def test_without_scatter_masses_follow_the_halos():
    log_m = halos(500)
    masses = assign_stellar_masses(KEY, log_m, VOLUME, SMF, NONE)
    np.testing.assert_array_equal(np.argsort(masses), np.argsort(log_m))


def test_halos_of_one_mass_are_ranked_by_their_order():
    masses = assign_stellar_masses(KEY, [12.0, 13.0, 12.0, 12.0], 1e3, SMF, NONE)
    np.testing.assert_array_equal(np.argsort(-masses), [1, 0, 2, 3])


@pytest.mark.parametrize("kernel", ["triweight", "normal"])
@pytest.mark.parametrize("sigma", [0.1, 0.2])
@pytest.mark.slow
def test_the_scatter_at_fixed_halo_mass(sigma, kernel):
    """Within 4 % of σ, about the mean relation within 0.01 dex, in four ranges of halo mass."""
    log_m = halos()
    scatter = sham.Scatter(sigma, sigma)
    relation = deconvolved_relation(SMF, scatter, SHMF, kernel=kernel)
    masses = assign_stellar_masses(KEY, log_m, VOLUME, SMF, scatter, kernel=kernel)
    offset = masses - np.asarray(relation(log_m))
    for low, high in [(11.6, 11.8), (11.8, 12.0), (12.0, 12.4), (12.4, 13.0)]:
        inside = (log_m > low) & (log_m < high)
        n = inside.sum()
        assert offset[inside].std() == pytest.approx(sigma, rel=0.03 + 2.5 / np.sqrt(2 * n))
        assert abs(offset[inside].mean()) < 0.005 + 3 * sigma / np.sqrt(n)


@pytest.mark.slow
def test_a_given_relation_is_used():
    log_m, scatter = halos(5000), sham.Scatter(0.2, 0.2)
    own = assign_stellar_masses(KEY, log_m, VOLUME, SMF, scatter)
    relation = deconvolved_relation(SMF, scatter, SHMF)
    given = assign_stellar_masses(KEY, log_m, VOLUME, SMF, scatter, relation=relation)
    assert np.abs(own - given).max() < 0.02
    flat = assign_stellar_masses(KEY, log_m, VOLUME, SMF, scatter, relation=lambda x: 0 * x + 10)
    assert abs(np.corrcoef(log_m, flat)[0, 1]) < 0.05
    assert counts_off(flat, SMF, VOLUME) < 0.05


def test_the_key_decides():
    log_m, scatter = halos(300), sham.Scatter()
    first = assign_stellar_masses(KEY, log_m, VOLUME, SMF, scatter)
    np.testing.assert_array_equal(assign_stellar_masses(KEY, log_m, VOLUME, SMF, scatter), first)
    other = assign_stellar_masses(jax.random.key(4), log_m, VOLUME, SMF, scatter)
    assert (other != first).mean() > 0.5
    with jax.enable_x64(True):
        np.testing.assert_allclose(
            assign_stellar_masses(KEY, log_m, VOLUME, SMF, scatter), first, rtol=1e-12
        )
    old_style = assign_stellar_masses(jax.random.PRNGKey(3), log_m, VOLUME, SMF, scatter)
    np.testing.assert_array_equal(old_style, first)


@pytest.mark.slow
def test_more_halos_than_galaxies():
    """The halos left over get masses that fall off steeply, and the rest are right."""
    finite = sham.Schechter(-2.3, 10.85, -0.4)
    n = 2000
    galaxies = 1e5 * 10 ** float(finite.log_cumulative_density(2.0))
    assert galaxies < n - 100
    masses = assign_stellar_masses(KEY, halos(n, 1e5), 1e5, finite, sham.Scatter(0.2, 0.2))
    assert np.isfinite(masses).all()
    brightest = np.sort(masses)[::-1][: int(galaxies / 2)]
    assert counts_off(brightest, finite, 1e5) < 0.05


def test_one_halo():
    masses = assign_stellar_masses(KEY, [13.0], 1e5, SMF, sham.Scatter())
    assert counts_off(masses, SMF, 1e5) < 0.05


@pytest.mark.parametrize(
    ("log_m", "volume", "message"),
    [
        ([12.0, np.nan], 1e6, "log_mpeak must be finite"),
        ([], 1e6, "at least one halo"),
        ([[12.0, 13.0]], 1e6, r"log_mpeak must have shape \(n\), got \(1, 2\)"),
        (12.0, 1e6, "log_mpeak must have shape"),
        ([12.0], 0.0, "volume must be one positive number"),
        ([12.0], -1.0, "volume must be one positive number"),
        ([12.0], [1.0, 2.0], "volume must be one positive number"),
        ([12.0], np.nan, "volume must be finite"),
    ],
)
def test_bad_halos(log_m, volume, message):
    with pytest.raises(HalogradError, match=message):
        assign_stellar_masses(KEY, log_m, volume, SMF, NONE)


def test_bad_options():
    good = [12.0, 13.0], 1e6, SMF, sham.Scatter()
    for key in (3, np.zeros(3), jax.random.split(KEY)):
        with pytest.raises(HalogradError, match="key must be one JAX random key"):
            assign_stellar_masses(key, *good)
    with pytest.raises(HalogradError, match="kernel must be one of"):
        assign_stellar_masses(KEY, *good, kernel="box")
    with pytest.raises(HalogradError, match="relation must be finite"):
        assign_stellar_masses(KEY, *good, relation=lambda x: np.nan * x)


def test_traced_input_is_refused():
    def masses(log_m):
        return assign_stellar_masses(KEY, log_m, 1e6, SMF, NONE)

    with pytest.raises(HalogradError, match="log_mpeak is traced"):
        jax.jit(masses)(np.array([12.0, 13.0]))
    with pytest.raises(HalogradError, match="key is traced"):
        jax.jit(lambda key: assign_stellar_masses(key, [12.0], 1e6, SMF, NONE))(KEY)
