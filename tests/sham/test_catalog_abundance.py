import numpy as np
import pytest

from halograd import sham
from halograd.catalogs.halo_catalog import HaloCatalog
from halograd.errors import HalogradError


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
