"""The abundance of subhalos: formula, table, and from the halos of a catalogue."""

import h5py
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from halograd import sham
from halograd.catalogs.halo_catalog import HaloCatalog
from halograd.errors import HalogradError


@pytest.mark.parametrize(("name", "redshift"), [("0", 0), ("0p5", 0.5), ("1p0", 1), ("2p0", 2)])
def test_bolshoi_planck_against_measured_counts(shared_data, name, redshift):
    with h5py.File(shared_data / "subhalo_mass_function" / f"bpl_shmf_z{name}.h5") as file:
        log_m, log_n = file["logmp_table"][:], file["lognd_table"][:]
    error = np.asarray(sham.bolshoi_planck(redshift).log_cumulative_density(log_m)) - log_n
    assert np.abs(error).max() < 0.23
    assert error.std() < 0.075
    table = sham.TabulatedAbundance(log_m, log_n)
    np.testing.assert_allclose(table.log_cumulative_density(log_m), log_n, atol=2e-6)


def test_bolshoi_planck_is_the_published_formula():
    with jax.enable_x64(True):
        z, log_m = 0.7, np.array([10.0, 12.5, 15.0])

        def sigmoid(x, x0, k, low, high):
            return low + (high - low) / (1 + np.exp(-k * (x - x0)))

        m_c, y_c = sigmoid(z, 0.75, 1, 16.175, 12.925), sigmoid(z, 0.5, 1.35, -8.1, -5.9)
        want = y_c + sigmoid(log_m, m_c, 0.9, -1.4, -5.25) * (log_m - m_c)
        got = sham.bolshoi_planck(z).log_cumulative_density(log_m)
        np.testing.assert_allclose(got, want, rtol=1e-12)


def test_density_is_the_derivative_and_inverse_inverts():
    with jax.enable_x64(True):
        shmf = sham.bolshoi_planck(0.3)
        log_m, h = jnp.linspace(9.0, 16.0, 30), 1e-5

        def n(at):
            return 10 ** shmf.log_cumulative_density(at)

        numeric = -(n(log_m + h) - n(log_m - h)) / (2 * h)
        np.testing.assert_allclose(10 ** shmf.log_density(log_m), numeric, rtol=1e-7)
        x = shmf.log_cumulative_density(log_m)
        np.testing.assert_allclose(shmf.log_m_at(x), log_m, atol=1e-9)
        assert (np.diff(x) < 0).all()


def test_differentiable_in_redshift_and_parameters():
    with jax.enable_x64(True):

        def at(z):
            return sham.bolshoi_planck(z).log_m_at(-3.0)

        numeric = (at(0.5 + 1e-5) - at(0.5 - 1e-5)) / 2e-5
        assert jax.grad(at)(0.5) == pytest.approx(float(numeric), rel=1e-6)
        gradient = jax.jit(jax.grad(lambda s: s.log_m_at(-3.0)))(sham.bolshoi_planck())
        assert all(np.isfinite(leaf) and leaf != 0 for leaf in jax.tree.leaves(gradient))


def test_table_is_monotone_and_extrapolates_as_a_line():
    shmf = sham.TabulatedAbundance([11.0, 11.3, 12.8, 13.0], [-1.5, -1.9, -2.0, -4.0])
    log_m = jnp.linspace(8.0, 16.0, 400)
    x = np.asarray(shmf.log_cumulative_density(log_m))
    assert (np.diff(x) < 0).all()
    assert np.isfinite(shmf.log_density(log_m)).all()
    np.testing.assert_allclose(np.diff(x[log_m < 10.9], n=2), 0, atol=2e-5)
    np.testing.assert_allclose(shmf.log_m_at(x), log_m, atol=2e-3)


def test_unusable_input():
    with pytest.raises(HalogradError, match="decrease strictly"):
        sham.TabulatedAbundance([11.0, 12.0, 13.0], [-2.0, -3.0, -3.0])
    with pytest.raises(HalogradError, match="increase strictly"):
        sham.TabulatedAbundance([11.0, 11.0, 13.0], [-2.0, -2.5, -3.0])
    with pytest.raises(HalogradError, match="must steepen"):
        sham.RollingPowerLaw(-7.0, 15.0, index_low=-6.0)
    with pytest.raises(HalogradError, match="rises with mass"):
        sham.RollingPowerLaw(-7.0, 15.0, index_low=-0.4)
    with pytest.raises(HalogradError, match="above -1"):
        sham.bolshoi_planck(-1.0)


def catalogue(log_mpeak, boxsize=100.0):
    positions = np.zeros((len(log_mpeak), 3))
    return HaloCatalog(positions=positions, log_mpeak=log_mpeak, boxsize=boxsize, redshift=0.0)


def drawn(n_halo, seed=1):
    """Halos drawn from the Bolshoi-Planck abundance, and the volume that holds them."""
    shmf = sham.bolshoi_planck()
    volume = n_halo / 10 ** float(shmf.log_cumulative_density(11.0))
    u = np.random.default_rng(seed).uniform(size=n_halo)
    log_m = shmf.log_m_at(np.log10(u * n_halo / volume))
    return catalogue(np.asarray(log_m, float), volume ** (1 / 3)), shmf


def test_matches_counts_within_poisson_noise():
    halos, truth = drawn(100_000)
    shmf = sham.from_catalog(halos)
    ordered = np.sort(halos.log_mpeak)[::-1]
    rank = np.arange(1, len(ordered) + 1)
    n = 10 ** np.asarray(shmf.log_cumulative_density(ordered), float) * halos.volume
    noise = np.abs(n - (rank - 0.5)) / np.sqrt(rank)
    assert noise.max() < 1.5
    common = rank > 1000
    error = shmf.log_cumulative_density(ordered[common]) - truth.log_cumulative_density(
        ordered[common]
    )
    assert np.abs(error).max() < 0.03


def test_strictly_decreasing_far_beyond_the_halos():
    halos, _ = drawn(3000)
    shmf = sham.from_catalog(halos)
    x = np.asarray(shmf.log_cumulative_density(np.linspace(6.0, 18.0, 500)))
    assert np.isfinite(x).all()
    assert (np.diff(x) < 0).all()


@pytest.mark.parametrize("masses", [[12.0], [12.0, 12.0], [11.0, 13.0], [11.0] * 5 + [12.0] * 5])
def test_few_halos_and_ties(masses):
    halos = catalogue(np.array(masses))
    shmf = sham.from_catalog(halos)
    x = np.asarray(shmf.log_cumulative_density(np.linspace(9.0, 16.0, 60)))
    assert np.isfinite(x).all()
    assert (np.diff(x) < 0).all()
    n_above_heaviest = 10 ** float(shmf.log_cumulative_density(max(masses))) * halos.volume
    assert n_above_heaviest == pytest.approx(masses.count(max(masses)) / 2, rel=1e-4)


def test_empty_catalogue_is_refused():
    with pytest.raises(HalogradError, match="at least one halo"):
        sham.from_catalog(catalogue(np.zeros(0)))
