"""Places of satellites from subhalos, particles and NFW profiles."""

import numpy as np
import pytest

from halograd import catalogs, models, tracers
from halograd.catalogs import HaloCatalog
from halograd.errors import HalogradError
from halograd.theory import nfw


def groups(**changes):
    """Three hosts, of which the second has none; a satellite of a satellite; one without a host."""
    columns = {
        "positions": np.arange(21.0).reshape(7, 3),
        "velocities": np.arange(21.0).reshape(7, 3) * 10,
        "log_mpeak": [12.0, 13.0, 11.0, 14.0, 11.5, 11.2, 11.1],
        "host_index": [3, 1, 4, 3, 3, 5, -1],
        "is_satellite": [True, False, True, False, True, False, True],
        "halo_id": [10, 11, 12, 13, 14, 15, 16],
        "boxsize": 50.0,
        "redshift": 0.5,
        "cosmology": catalogs.BOLSHOI_PLANCK,
        "extra": {"age": np.arange(7.0)},
    }
    return HaloCatalog(**(columns | changes))


def test_subhalos_are_places_of_their_outermost_host():
    found = tracers.from_subhalos(groups())
    assert isinstance(found, HaloCatalog)
    assert found.halo_id.tolist() == [11, 13, 15, 10, 12, 14]
    assert found.is_satellite.tolist() == [False] * 3 + [True] * 3
    assert found.host_index.tolist() == [0, 1, 2, 1, 1, 1]
    assert found.column("host_log_mass").tolist() == [13.0, 14.0, 11.2, 14.0, 14.0, 14.0]
    np.testing.assert_allclose(found.column("satellite_share"), [0, 0, 0, 1 / 3, 1 / 3, 1 / 3])
    assert found.column("age").tolist() == [1, 3, 5, 0, 2, 4]
    assert found.column("host_age").tolist() == [1, 3, 5, 3, 3, 3]
    assert found.provenance["satellites without a host"] == "1 of 4"
    assert found.without_places.tolist() == [True, False, True, False, False, False]
    assert len(found.hosts) == 3


def test_shares_follow_weights():
    found = tracers.from_subhalos(groups(), weights=[1, 0, 2, 0, 3, 0, 9])
    np.testing.assert_allclose(found.column("satellite_share"), [0, 0, 0, 1 / 6, 2 / 6, 3 / 6])


def test_a_plain_catalogue_lends_its_subhalos():
    halos = groups()[:6]
    np.testing.assert_allclose(halos.column("satellite_share"), [1 / 3, 0, 1 / 3, 0, 1 / 3, 0])
    assert halos.column("host_row").tolist() == [3, 1, 3, 3, 3, 5]
    assert halos.column("host_age").tolist() == [3, 1, 3, 3, 3, 5]


def test_tracers_are_saved_and_cut_as_a_catalogue(tmp_path):
    found = tracers.from_subhalos(groups())
    found.save(tmp_path / "tracers.hdf5")
    read = catalogs.read(tmp_path / "tracers.hdf5")
    for name in found.column_names:
        np.testing.assert_array_equal(read.column(name), found.column(name))
    part = found[[1, 3, 4]]
    assert isinstance(part, tracers.Tracers)
    assert part.host_index.tolist() == [0, 0, 0]


def test_satellites_that_move_faster():
    found = tracers.from_subhalos(groups()).with_satellite_velocities(2.0)
    hosts = found.velocities[found.host_index]
    np.testing.assert_allclose(found.velocities[:3], hosts[:3])
    before = tracers.from_subhalos(groups()).velocities
    np.testing.assert_allclose(found.velocities - hosts, 2 * (before - hosts))


def test_particles_are_places_of_the_halo_they_name():
    places = np.arange(12.0).reshape(4, 3) + 1
    found = tracers.from_particles(
        groups(), places, [13, 11, 13, 13], velocities=places * 5, weights=[1, 5, 1, 2],
        columns={"rank_r": [-1.0, 0.0, 0.5, 1.0]},
    )  # fmt: skip
    assert len(found) == 3 + 4
    assert found.host_index.tolist() == [0, 1, 2, 1, 0, 1, 1]
    np.testing.assert_array_equal(found.positions[3:], places)
    np.testing.assert_array_equal(found.velocities[3:], places * 5)
    np.testing.assert_allclose(found.column("satellite_share"), [0, 0, 0, 0.25, 1, 0.25, 0.5])
    assert found.column("rank_r").tolist() == [0, 0, 0, -1, 0, 0.5, 1]
    assert found.column("age").tolist() == [1, 3, 5, 3, 1, 3, 3]
    assert found.column("is_point").tolist() == [False] * 3 + [True] * 4


def test_particles_by_row_where_there_are_no_identifiers():
    found = tracers.from_particles(groups(halo_id=None), np.ones((2, 3)), [3, 5])
    assert found.host_index.tolist() == [0, 1, 2, 1, 2]
    assert found.velocities is None


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: tracers.from_particles(groups(), np.ones((2, 3)), [13, 10]), "1 of 2 particles"),
        (lambda: tracers.from_particles(groups(), np.ones((2, 3)), [13]), "host must have shape"),
        (lambda: tracers.from_particles(groups(), np.ones(3), [13]), "positions of particles"),
        (
            lambda: tracers.from_particles(
                groups(), np.ones((1, 3)), [13], columns={"rank_r": [0.0, 1.0]}
            ),
            "'rank_r' must have a row for each of 1 particles",
        ),
        (
            lambda: tracers.from_particles(groups(), np.ones((1, 3)), [13], weights=[-1.0]),
            "0 or more",
        ),
        (
            lambda: tracers.from_particles(groups(), np.ones((1, 3)), [13], weights=[0.0]),
            "weights of all satellites of a host are 0",
        ),
        (lambda: tracers.from_subhalos(groups(host_index=None)), "need host_index"),
        (lambda: groups().column("satellite_share"), "1 of 4 satellites have no host"),
        (lambda: groups().column("host_age"), "not known for 1 satellites"),
        (lambda: groups().column("host_color"), "no column 'color'"),
        (lambda: tracers.nfw_points(groups(), 0), "1 or more"),
        (lambda: tracers.nfw_points(groups(), 2.5), "n_point must be a whole number"),
        (lambda: tracers.nfw_points(groups(), truncation=0), "truncation must be above 0"),
        (lambda: tracers.nfw_points(groups(), concentration="diemer"), "did you mean"),
        (lambda: tracers.nfw_points(groups(), mass_definition="200x"), "mass_definition"),
        (lambda: tracers.nfw_points(groups(cosmology=None)), "need a cosmology"),
        (
            lambda: tracers.nfw_points(groups().with_columns(r_vir=np.zeros(7))),
            "'r_vir' must be positive",
        ),
        (
            lambda: tracers.particle_ranks(
                groups(velocities=None), np.ones((1, 3)), np.ones((1, 3)), [13]
            ),
            "those of the halos",
        ),
        (
            lambda: tracers.from_subhalos(groups(velocities=None)).with_satellite_velocities(2.0),
            "needs velocities",
        ),
    ],
)
def test_what_is_refused(make, message):
    with pytest.raises(HalogradError, match=message):
        make()


def test_ranks_of_particles():
    """Three particles of one halo, one of another, across the edge of the box."""
    halos = HaloCatalog(
        positions=[[0.1, 5.0, 5.0], [9.0, 9.0, 9.0]],
        velocities=[[100.0, 0.0, 0.0], [0.0, 0.0, 0.0]],
        log_mpeak=[14.0, 13.0],
        boxsize=10.0,
        redshift=0.0,
        extra={"r_vir": [1.0, 0.5], "concentration": [5.0, 5.0]},
    )
    places = np.array([[9.9, 5.0, 5.0], [0.4, 5.0, 5.0], [0.1, 5.5, 5.0], [9.0, 9.0, 9.1]])
    speeds = np.array([[100.0, 300.0, 0.0], [1100.0, 0.0, 0.0], [100.0, -500.0, 10.0], [5.0, 0, 0]])
    ranks = tracers.particle_ranks(halos, places, speeds, [0, 0, 0, 1])
    assert ranks["rank_r"].tolist() == [-1, 0, 1, 0]
    assert ranks["rank_v"].tolist() == [-1, 1, 0, 0]
    assert ranks["rank_v_r"].tolist() == [0, 1, -1, 0]
    # the second moves straight out of the centre, the third almost straight in
    assert ranks["rank_perihelion"].tolist() == [1, -1, 0, 0]


def test_perihelia_turn_where_energy_and_momentum_say():
    """A particle at the closest point of its orbit, moved along it, keeps its perihelion."""
    halos = HaloCatalog(
        positions=[[5.0, 5.0, 5.0]], velocities=[[0.0, 0.0, 0.0]], log_mpeak=[14.0],
        boxsize=10.0, redshift=0.0, extra={"r_vir": [1.0], "concentration": [5.0]},
    )  # fmt: skip
    from halograd.tracers.particle_ranks import _perihelion

    scale, start, speed = 0.2, 0.3, 1500.0
    depth = 2 * nfw.GRAVITY * 1e14 / nfw.enclosed(5.0)
    later = 0.5
    squared = speed**2 + depth * (np.log1p(later / scale) / later - np.log1p(start / scale) / start)
    radial = np.sqrt(squared - (start * speed / later) ** 2)
    found = _perihelion(
        halos, np.zeros(2, int), np.array([start, later]), np.array([speed**2, squared]),
        np.array([0.0, radial]),
    )  # fmt: skip
    np.testing.assert_allclose(found, start, rtol=1e-6)


@pytest.fixture(scope="module")
def cluster_points():
    """Two hundred equal clusters with their points."""
    rng = np.random.default_rng(1)
    halos = HaloCatalog(
        positions=rng.random((200, 3)) * 500.0,
        velocities=rng.normal(size=(200, 3)) * 300.0,
        log_mpeak=np.full(200, 14.0),
        boxsize=500.0,
        redshift=0.5,
        extra={"r_vir": np.full(200, 1.2), "concentration": np.full(200, 6.0)},
    )
    return halos, tracers.nfw_points(halos, 25, concentration_bias=0.7)


def test_points_follow_the_profile(cluster_points):
    _, found = cluster_points
    assert len(found) == 200 * 26
    places = found.is_satellite
    offset = found.positions[places] - found.positions[found.host_index[places]]
    offset -= 500.0 * np.round(offset / 500.0)
    radius = np.linalg.norm(offset, axis=1)
    assert radius.max() <= 1.2
    x, cut = 0.7 * 6.0 * np.sort(radius) / 1.2, 0.7 * 6.0
    expected = nfw.enclosed(x) / nfw.enclosed(cut)
    np.testing.assert_allclose(expected, (np.arange(5000) + 0.5) / 5000, atol=2e-3)
    # No direction is preferred.
    unit = offset / radius[:, None]
    np.testing.assert_allclose(np.einsum("ni,nj->ij", unit, unit) / 5000, np.eye(3) / 3, atol=0.01)
    assert np.abs(unit.mean(axis=0)).max() < 0.01


def test_points_move_as_the_jeans_equation_says(cluster_points):
    _, found = cluster_points
    places = found.is_satellite
    drift = found.velocities[places] - found.velocities[found.host_index[places]]
    offset = found.positions[places] - found.positions[found.host_index[places]]
    offset -= 500.0 * np.round(offset / 500.0)
    s = np.linalg.norm(offset, axis=1) / 1.2
    expected = nfw.velocity_dispersion(s, 6.0) * nfw.virial_velocity(1e14, 1.2 / 1.5)
    normal = drift / expected[:, None]
    np.testing.assert_allclose(np.einsum("ni,nj->ij", normal, normal) / 5000, np.eye(3), atol=0.06)
    np.testing.assert_allclose((normal[:, 0] ** 4).mean(), 3.0, rtol=0.12)


def test_points_repeat_and_may_be_for_heavy_hosts_alone():
    halos = catalogs.mock_universe(boxsize=40.0, log_mpeak_min=12.0, particles=False)
    first, again = (tracers.nfw_points(halos, 8, log_mass_min=13.0) for _ in range(2))
    np.testing.assert_array_equal(first.positions, again.positions)
    heavy = ~first.is_satellite & (first.log_mpeak >= 13.0)
    assert first.is_satellite.sum() == 8 * heavy.sum()
    assert (first.column("host_log_mass")[first.is_satellite] >= 13.0).all()
    lost = models.Zheng07().lost_satellites(first, {})
    hosts = halos.log_mpeak[~halos.is_satellite]
    expected = np.maximum(10**hosts - 10**11.38, 0) ** 1.06
    np.testing.assert_allclose(lost, expected[hosts < 13].sum() / expected.sum(), rtol=1e-4)
