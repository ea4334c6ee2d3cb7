import numpy as np
import pytest
from colossus.cosmology import cosmology as colossus
from scipy.spatial import cKDTree

from halograd.errors import CatalogError
from halograd.mock_universe import mock_universe
from halograd.theory.cosmology import BOLSHOI_PLANCK, Cosmology

SMALL = {"boxsize": 50.0, "grid": 40, "log_mpeak_min": 11.3}


@pytest.fixture(scope="module")
def halos():
    return mock_universe(3, **SMALL)


def test_same_seed_same_bits(halos):
    again = mock_universe(3, **SMALL)
    for name in ("positions", "velocities", "log_mpeak", "host_index", "is_satellite"):
        np.testing.assert_array_equal(getattr(halos, name), getattr(again, name))
    np.testing.assert_array_equal(halos.particles.positions, again.particles.positions)
    np.testing.assert_array_equal(halos.particles.masses, again.particles.masses)


def test_seeds_differ(halos):
    other = mock_universe(4, **SMALL, particles=False)
    assert len(other) != len(halos) or not np.array_equal(other.positions, halos.positions)


def test_halos_do_not_depend_on_particles(halos):
    bare = mock_universe(3, **SMALL, particles=False)
    assert bare.particles is None
    np.testing.assert_array_equal(bare.positions, halos.positions)
    np.testing.assert_array_equal(bare.log_mpeak, halos.log_mpeak)


def test_hosts_come_first_and_subhalos_point_to_them(halos):
    n_host = int((~halos.is_satellite).sum())
    assert 0 < n_host < len(halos)
    assert not halos.is_satellite[:n_host].any()
    np.testing.assert_array_equal(halos.host_index[:n_host], np.arange(n_host))
    assert (np.diff(halos.log_mpeak[:n_host]) <= 0).all()
    assert halos.host_index[n_host:].max() < n_host
    assert len(np.unique(halos.halo_id)) == len(halos)


def test_subhalos_lie_in_their_host_and_weigh_less(halos):
    sub, host = halos.is_satellite, halos.host_index[halos.is_satellite]
    offset = halos.positions[sub] - halos.positions[host]
    offset -= 50 * np.rint(offset / 50)
    assert (np.linalg.norm(offset, axis=1) <= halos.extra["r_vir"][host] * (1 + 1e-9)).all()
    assert (halos.log_mpeak[sub] <= halos.log_mpeak[host]).all()
    assert halos.log_mpeak.min() >= 11.3


def test_no_host_is_centred_in_another(halos):
    hosts = halos[~halos.is_satellite]
    pairs = cKDTree(hosts.positions, boxsize=50).query_pairs(1.5, output_type="ndarray")
    offset = hosts.positions[pairs[:, 0]] - hosts.positions[pairs[:, 1]]
    offset -= 50 * np.rint(offset / 50)
    inside = np.linalg.norm(offset, axis=1) < hosts.extra["r_vir"][pairs].max(axis=1)
    assert inside.sum() <= 0.01 * len(hosts)


def test_mass_is_the_mean_density_times_the_volume(halos):
    expected = BOLSHOI_PLANCK.mean_matter_density * 50**3
    assert halos.particles.masses.sum() == pytest.approx(expected, rel=1e-12)
    assert (halos.particles.masses > 0).all()


def test_biggest_host_holds_its_mass(halos):
    """Its own particles, plus at most as much again of the field within its radius."""
    tree = cKDTree(halos.particles.positions, boxsize=50)
    inside = tree.query_ball_point(halos.positions[0], halos.extra["r_vir"][0])
    ratio = halos.particles.masses[inside].sum() / 10 ** halos.log_mpeak[0]
    assert 0.9 < ratio < 2


def test_subhalos_move_faster_than_hosts(halos):
    speed = np.sqrt((halos.velocities**2).mean(axis=1))
    host_rms = np.sqrt((speed[~halos.is_satellite] ** 2).mean())
    assert 80 < host_rms < 500
    assert np.sqrt((speed[halos.is_satellite] ** 2).mean()) > 1.2 * host_rms


def test_units_and_provenance(halos):
    assert halos.redshift == 0
    np.testing.assert_array_equal(halos.boxsize, [50, 50, 50])
    assert halos.cosmology == BOLSHOI_PLANCK
    assert halos.provenance["seed"] == "3"


@pytest.mark.parametrize("before", [None, "planck18"])
def test_colossus_is_left_as_it_was(before, monkeypatch):
    current = None if before is None else colossus.setCosmology(before, persistence="")
    monkeypatch.setattr(colossus, "current_cosmo", current)
    mock_universe(0, boxsize=40, grid=20, log_mpeak_min=12.5, particles=False)
    assert colossus.current_cosmo is current
    with pytest.raises(CatalogError):
        mock_universe(0, boxsize=40, log_mpeak_min=13.5, redshift=5)
    assert colossus.current_cosmo is current


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"boxsize": 0.0}, "boxsize must be positive"),
        ({"boxsize": -10.0}, "boxsize must be positive"),
        ({"boxsize": 20.0}, "at least 40"),
        ({"boxsize": [50.0, 50.0, 60.0]}, "cube"),
        ({"boxsize": np.nan}, "finite"),
        ({"boxsize": 2000.0}, "too coarse"),
        ({"log_mpeak_min": 9.0}, "from 10 to 13.5"),
        ({"log_mpeak_min": 1e11}, "from 10 to 13.5"),
        ({"redshift": -0.5}, "from 0 to 5"),
        ({"redshift": "today"}, "numbers"),
        ({"grid": 20}, "too coarse"),
        ({"grid": 64.5}, "integer"),
        ({"grid": 4096}, "from 1 to 512"),
        ({"seed": -1}, "seed"),
        ({"seed": 0.5}, "seed"),
        ({"cosmology": Cosmology(omega_m=0.3, h=0.7)}, "omega_b, sigma8, n_s"),
        ({"log_mpeak_min": 13.5, "redshift": 5.0, "boxsize": 40.0}, "no halo"),
    ],
)
def test_bad_arguments(arguments, message):
    with pytest.raises(CatalogError, match=message):
        mock_universe(**arguments)
