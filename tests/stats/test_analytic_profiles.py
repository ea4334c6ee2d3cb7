from dataclasses import replace

import numpy as np
import pytest

from halograd import catalogs, stats
from halograd.catalogs import BOLSHOI_PLANCK, AnalyticMatter, Cosmology, HaloCatalog, Particles
from halograd.errors import HalogradError
from halograd.stats.annuli import annulus_excess
from halograd.stats.halo_structure import halo_structure
from halograd.theory import nfw

EDGES = np.geomspace(0.05, 8.0, 12)
ALONE = AnalyticMatter(two_halo=False)
BOX = 60.0


def halos(log_mpeak, positions=None, **more):
    n = len(log_mpeak)
    return HaloCatalog(
        positions=np.full((n, 3), BOX / 2) if positions is None else positions,
        log_mpeak=np.asarray(log_mpeak, float),
        boxsize=BOX,
        redshift=0.2,
        cosmology=BOLSHOI_PLANCK,
        **more,
    )


def host_and_satellite(distance, **more):
    """A satellite of 10^12 Msun/h beside a host of 10^14, across the edge of the box."""
    positions = [[0.1, 30.0, 30.0], [(0.1 - distance) % BOX, 30.0, 30.9]]
    options = {"is_satellite": [False, True], "host_index": [0, 0]} | more
    return halos([14.0, 12.0], positions, **options)


def profile(catalog, matter=ALONE):
    return stats.analytic_delta_sigma_profiles(catalog, EDGES, matter)


def counted_nfw(mass, radius, c, at=(0.0, 0.0), n=300_000):
    """The profile that particles of an NFW halo give around a point beside it."""
    offsets = nfw.draw_offsets(np.random.default_rng(1), np.full(n, radius), np.full(n, c))
    particles = Particles(offsets + BOX / 2, mass / n, BOX)
    centre = np.array([[at[0] + BOX / 2, at[1] + BOX / 2, BOX / 2]])
    found = np.asarray(stats.delta_sigma_profiles(centre, particles, EDGES))[0]
    # counted against the mean of the box, which here is the mass of the halo itself
    uniform = np.pi * np.diff(np.append(0.0, EDGES) ** 2)[None] * mass / BOX**2 / 1e12
    return found + annulus_excess(uniform, EDGES)[0]


def test_a_central_is_the_profile_of_its_particles():
    own = {"concentration": np.array([7.0])}
    found = profile(halos([14.0], extra=own))[0]
    radius = halo_structure(halos([14.0]), EDGES, ALONE).radius(np.array([14.0]))[0]
    counted = counted_nfw(1e14, radius, 7.0)
    np.testing.assert_allclose(found, counted, rtol=0.05, atol=0.1)


def test_the_host_of_a_satellite_is_seen_from_beside():
    distance = 0.6
    both = profile(host_and_satellite(distance))[1]
    lone = profile(host_and_satellite(distance, host_index=[0, -1]))[1]
    structure = halo_structure(host_and_satellite(distance), EDGES, ALONE)
    radius, c = structure.radius(14.0), structure.concentration_at(14.0)
    counted = counted_nfw(1e14, radius, c, at=(distance, 0.0))
    left = 1 - ALONE.bound_fraction * 1e12 / 1e14
    np.testing.assert_allclose(both - lone, left * counted, rtol=0.05, atol=1.0)
    assert both[7] > 10 * lone[7] > 0  # around 1 Mpc/h the host outweighs the satellite


def test_a_satellite_has_lost_its_outskirts():
    whole = profile(halos([12.0]))[0]
    stripped = profile(halos([12.0], is_satellite=[True]))[0]
    np.testing.assert_allclose(stripped[0] / whole[0], 1.0, atol=0.1)
    # far out only the mass counts
    np.testing.assert_allclose(stripped[-1] / whole[-1], ALONE.bound_fraction, rtol=1e-6)
    kept = replace(ALONE, bound_fraction=1.0)
    np.testing.assert_allclose(profile(halos([12.0], is_satellite=[True]), kept)[0], whole)


def test_beyond_the_halo_is_linear_theory_times_the_bias():
    from colossus.lss import bias

    from halograd.theory.colossus_cosmology import colossus_cosmology

    catalog = halos([12.0, 14.0])
    added = profile(catalog, AnalyticMatter()) - profile(catalog)
    with colossus_cosmology(BOLSHOI_PLANCK):
        expected = bias.haloBias(np.array([1e12, 1e14]), 0.2, "vir", model="tinker10")
    np.testing.assert_allclose(added[1] / added[0], expected[1] / expected[0], rtol=1e-6)
    satellite = host_and_satellite(0.6)
    added = profile(satellite, AnalyticMatter()) - profile(satellite)
    np.testing.assert_allclose(added[0], added[1], rtol=1e-9)  # the host's bias


def test_own_concentrations_are_used_where_they_make_sense():
    mean = profile(halos([13.0]))[0]
    radii = {"r_vir": np.array([700.0]), "r_s": np.array([35.0])}  # any one unit
    concentrated = profile(halos([13.0], extra=radii))[0]
    same = profile(halos([13.0], extra={"concentration": np.array([20.0])}))[0]
    np.testing.assert_array_equal(concentrated, same)
    assert concentrated[0] > 1.3 * mean[0]
    failed = profile(halos([13.0] * 3, extra={"concentration": np.array([0.0, np.inf, 1e7])}))
    np.testing.assert_array_equal(failed, [mean] * 3)


def test_rows_do_not_depend_on_their_neighbours():
    rng = np.random.default_rng(3)
    many = halos(rng.uniform(11, 14.5, 20_500))  # more than one block
    found = profile(many)
    for row in (19_999, 20_000):
        again = profile(halos(many.log_mpeak[[row, 0, 1]]))[0]
        np.testing.assert_allclose(found[row], again, rtol=2e-3)
    assert profile(many[:0]).shape == (0, len(EDGES) - 1)


def test_profiles_follow_the_particles_of_the_mock_universe():
    """Both are NFW halos in linear theory; stripping, bias and concentrations differ."""
    universe = catalogs.mock_universe(seed=1, boxsize=60.0, log_mpeak_min=12.0)
    edges = np.geomspace(0.1, 1.0, 6)
    analytic = stats.analytic_delta_sigma_profiles(universe, edges)
    counted = np.asarray(stats.lensing_profiles(universe, edges))
    for satellite, tolerance in ((False, 0.12), (True, 0.25)):
        rows = universe.is_satellite == satellite
        ratio = analytic[rows].mean(axis=0) / counted[rows].mean(axis=0)
        np.testing.assert_allclose(ratio, 1.0, atol=tolerance)


@pytest.mark.slow
def test_centrals_agree_with_the_particles_of_an_n_body_box(shared_data):
    pytest.importorskip("abacusnbody")
    folder = shared_data / "abacus_mini" / "Mini_N64_L32" / "halos" / "z0.000"
    box = catalogs.read(folder, particles=True)
    # AbacusSummit's base cosmology (arXiv:2110.11398); the header of this box lacks these
    full = replace(box.cosmology, omega_b=0.02237 / 0.6736**2, sigma8=0.807952, n_s=0.9649)
    box = replace(box, cosmology=full)
    edges = np.geomspace(0.1, 1.0, 5)
    counted = np.asarray(stats.lensing_profiles(box, edges))
    analytic = stats.analytic_delta_sigma_profiles(box, edges)
    rows = (box.log_mpeak > 12) & (box.log_mpeak < 13)
    ratio = analytic[rows].mean(axis=0) / counted[rows].mean(axis=0)
    np.testing.assert_allclose(ratio, 1.0, atol=0.25)


@pytest.mark.parametrize(
    ("change", "matter", "message"),
    [
        ({"cosmology": None}, ALONE, "omega_m, h, omega_b, sigma8, n_s"),
        ({"cosmology": Cosmology(omega_m=0.3, h=0.7)}, ALONE, "omega_b, sigma8, n_s"),
        ({}, AnalyticMatter(concentration="diemer91"), "did you mean 'diemer19'"),
        ({}, AnalyticMatter(mass_definition="200q"), "mass_definition = '200q'"),
    ],
)
def test_bad_input(change, matter, message):
    with pytest.raises(HalogradError, match=message):
        profile(replace(halos([12.0]), **change), matter)


def test_bound_fraction_out_of_range():
    with pytest.raises(HalogradError, match="bound_fraction"):
        AnalyticMatter(bound_fraction=0.0)


def test_a_catalogue_chooses_its_matter():
    catalog = halos([13.0])
    with pytest.raises(HalogradError, match="matter around the halos"):
        stats.lensing_profiles(catalog, EDGES)
    chosen = replace(catalog, analytic_matter=ALONE)
    np.testing.assert_array_equal(stats.lensing_profiles(chosen, EDGES), profile(catalog))
