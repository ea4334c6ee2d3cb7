import numpy as np
import pytest

from halograd import catalogs
from halograd.catalogs import CatalogError

MINI_MILLENNIUM = {
    "group": "Snap063/Galaxies",
    "position": "Pos",
    "position_unit": "Mpc/h",
    "velocity": "Vel",
    "velocity_unit": "km/s",
    "mass": {"column": "Mvir", "satellites": "infallMvir"},
    "mass_unit": "1e10 Msun/h",
    "min_mass": 0.01,
    "boxsize": 62.5,
    "redshift": 0,
    "is_satellite": {"column": "Type", "not_equal": 0},
    "halo_id": "HaloIndex",
    "host_id": "CentralHaloIndex",
    "extra": ["Type"],
}
CONSISTENT_TREES = {
    "position": ["x", "y", "z"],
    "position_unit": "Mpc/h",
    "velocity": ["vx", "vy", "vz"],
    "velocity_unit": "km/s",
    "mass": "Mpeak",
    "mass_unit": "Msun/h",
    "boxsize": "Full box size",
    "scale_factor": 0.07812,
    "is_satellite": {"column": "upid", "not_equal": -1},
    "halo_id": "id",
    "host_id": "upid",
    "cosmology": {"omega_m": "Omega_M", "h": "h0"},
}


@pytest.fixture(scope="module")
def mini_millennium(shared_data):
    return shared_data / "mini_millennium" / "model_000.hdf5"


def test_mini_millennium_has_every_object(mini_millennium):
    # Some objects have no mass, but all were found as a number of particles.
    columns = MINI_MILLENNIUM | {"mass": "Len", "mass_unit": 8.6e8, "min_mass": None}
    halos = catalogs.read(mini_millennium, columns=columns)
    assert len(halos) == 9265
    assert np.bincount(halos.extra["Type"]).tolist() == [3676, 520, 5069]


def test_mini_millennium_masses(mini_millennium):
    halos = catalogs.read(mini_millennium, columns=MINI_MILLENNIUM)
    assert halos.provenance["dropped"] == "94 of 9265 rows, below min_mass"
    assert np.bincount(halos.extra["Type"]).tolist() == [3644, 520, 5007]
    assert halos.log_mpeak.min() == pytest.approx(np.log10(0.516394e10), abs=1e-6)
    assert halos.log_mpeak.max() == pytest.approx(np.log10(3600.9878e10), abs=1e-6)
    assert halos.mass_proxy == "Mvir (infallMvir for satellites)"
    known = halos.host_index >= 0
    assert not halos.is_satellite[halos.host_index[known]].any()
    centrals = np.flatnonzero(~halos.is_satellite)
    np.testing.assert_array_equal(halos.host_index[centrals], centrals)


def test_mini_millennium_without_a_mass_floor_is_refused(mini_millennium):
    with pytest.raises(CatalogError, match=r"94 of 9265 masses .* min_mass"):
        catalogs.read(mini_millennium, columns=MINI_MILLENNIUM | {"min_mass": None})


def test_an_hlist_of_consistent_trees(shared_data):
    path = shared_data / "consistent_trees" / "dummy_halocat_0.07812.list"
    halos = catalogs.read(path, columns=CONSISTENT_TREES)
    rows = np.loadtxt(path)
    assert len(halos) == len(rows) == 436
    assert halos.boxsize.tolist() == [250.0] * 3
    assert (halos.cosmology.omega_m, halos.cosmology.h) == (0.307115, 0.68)
    np.testing.assert_array_equal(halos.positions, rows[:, 17:20])
    np.testing.assert_array_equal(halos.velocities, rows[:, 20:23])
    np.testing.assert_array_equal(halos.halo_id, rows[:, 1])
    np.testing.assert_array_equal(halos.is_satellite, rows[:, 6] != -1)
    hosts = halos.host_index[halos.is_satellite]
    np.testing.assert_array_equal(halos.halo_id[hosts], rows[halos.is_satellite, 6])
    assert halos.redshift == pytest.approx(1 / 0.07812 - 1)
