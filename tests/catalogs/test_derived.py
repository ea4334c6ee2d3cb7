import numpy as np
import pytest
from astropy.cosmology import FlatLambdaCDM

from halograd import catalogs
from halograd.catalogs import CatalogError, Cosmology, HaloCatalog

BOX = 20.0


def catalog(n_halo=300, seed=1, **changes):
    rng = np.random.default_rng(seed)
    given = {
        "positions": rng.random((n_halo, 3)) * BOX,
        "log_mpeak": rng.uniform(11, 14, n_halo),
        "is_satellite": rng.random(n_halo) < 0.3,
        "boxsize": BOX,
        "redshift": 0.5,
    }
    return HaloCatalog(**(given | changes))


def linked(hosts, **changes):
    hosts = np.array(hosts)
    masses = 14.0 - 0.5 * np.arange(len(hosts))
    own = np.arange(len(hosts))
    return catalog(
        len(hosts), log_mpeak=masses, host_index=hosts, is_satellite=hosts != own, **changes
    )


def test_host_masses():
    # A central, its subhalo, a subhalo of that subhalo, and another central.
    assert catalogs.host_log_mass(linked([0, 0, 1, 3])).tolist() == [14.0, 14.0, 14.0, 12.5]
    alone = catalog(is_satellite=np.zeros(300, bool))
    np.testing.assert_array_equal(catalogs.host_log_mass(alone), alone.log_mpeak)


def test_host_masses_where_hosts_are_missing():
    halos = linked([0, -1, 1, 0])
    with pytest.raises(CatalogError, match=r'2 of 3 satellites have no host .* missing="own"'):
        catalogs.host_log_mass(halos)
    assert catalogs.host_log_mass(halos, missing="own").tolist() == [14.0, 13.5, 13.0, 14.0]
    assert catalogs.host_log_mass(halos, missing=15.0).tolist() == [14.0, 15.0, 15.0, 14.0]
    with pytest.raises(CatalogError, match="missing must be"):
        catalogs.host_log_mass(halos, missing="nan")
    with pytest.raises(CatalogError, match="need host_index"):
        catalogs.host_log_mass(catalog())


def ranks_by_hand(values, bins):
    ranks = np.empty(len(values))
    for row, (value, here) in enumerate(zip(values, bins, strict=True)):
        others = values[bins == here]
        below, equal = (others < value).sum(), (others == value).sum()
        n_other = len(others) - 1
        ranks[row] = (below + (equal - 1) / 2) / n_other - 0.5 if n_other else 0.0
    return ranks


def test_ranks_at_fixed_mass():
    rng = np.random.default_rng(3)
    masses = rng.uniform(11, 14, 500)
    values = rng.integers(0, 40, 500).astype(float)  # with ties
    bins = np.floor((masses - masses.min()) / 0.25)
    ranks = catalogs.rank_at_fixed_mass(values, masses, width=0.25)
    np.testing.assert_allclose(ranks, ranks_by_hand(values, bins), atol=1e-15)
    order = rng.permutation(500)
    shuffled = catalogs.rank_at_fixed_mass(values[order], masses[order], width=0.25)
    np.testing.assert_array_equal(shuffled, ranks[order])


def test_ranks_in_bins_of_equal_numbers():
    rng = np.random.default_rng(4)
    masses = np.round(rng.uniform(11, 14, 503), 1)  # equal masses stay together
    values = rng.random(503)
    ranks = catalogs.rank_at_fixed_mass(values, masses, n_per_bin=50, scale=(0, 1))
    n_lighter = (masses[:, None] > masses).sum(axis=1)
    expected = ranks_by_hand(values, n_lighter * 10 // 503) + 0.5
    np.testing.assert_allclose(ranks, expected, atol=1e-15)


@pytest.mark.parametrize("options", [{"width": 0.1}, {"n_per_bin": 1}])
def test_halos_alone_in_their_bins_are_in_the_middle(options):
    ranks = catalogs.rank_at_fixed_mass([5.0, 1.0, 3.0], [11.0, 12.0, 13.0], **options)
    assert ranks.tolist() == [0.0, 0.0, 0.0]
    assert catalogs.rank_at_fixed_mass([2.0], [11.0], scale=(0, 1), **options).tolist() == [0.5]
    assert catalogs.rank_at_fixed_mass([], [], **options).shape == (0,)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "one of width"),
        ({"width": 0.1, "n_per_bin": 3}, "one of width"),
        ({"width": 0.0}, "width must be one number of dex above 0"),
        ({"n_per_bin": 2.5}, "n_per_bin must be a whole number"),
    ],
)
def test_ranks_that_cannot_be_had(options, message):
    with pytest.raises(CatalogError, match=message):
        catalogs.rank_at_fixed_mass([1.0, 2.0], [11.0, 12.0], **options)
    with pytest.raises(CatalogError, match="values must be finite"):
        catalogs.rank_at_fixed_mass([1.0, np.nan], [11.0, 12.0], width=0.1)


def test_concentrations():
    truth = np.array([2.5, 5.0, 12.0, 80.0])
    r_vir = np.array([0.2, 0.3, 0.5, 1.0])
    own = catalog(4, extra={"concentration": truth, "r_vir": r_vir, "r_s": r_vir})
    np.testing.assert_array_equal(catalogs.concentration(own), truth)
    scaled = catalog(4, extra={"r_vir": r_vir, "r_s": r_vir / truth})
    np.testing.assert_allclose(catalogs.concentration(scaled), truth)
    # The highest circular velocity of the NFW profile, found on a fine grid of radii.
    mass = np.array([1e12, 3e12, 1e13, 1e14])
    x = np.geomspace(1e-4, 1, 200_000)[:, None] * truth
    inside = (np.log1p(x) - x / (1 + x)) / (np.log1p(truth) - truth / (1 + truth))
    proper = r_vir / 1.5
    v_max = np.sqrt((4.30091727e-9 * mass * inside / (x / truth * proper)).max(axis=0))
    found = catalog(4, extra={"v_max": v_max, "r_vir": r_vir, "mass_now": mass})
    np.testing.assert_allclose(catalogs.concentration(found), truth, rtol=1e-3)


def test_concentrations_that_cannot_be_had():
    with pytest.raises(CatalogError, match=r"need the column concentration, or r_vir and r_s"):
        catalogs.concentration(catalog())
    with pytest.raises(CatalogError, match="'r_s' must be positive, but 1 of 2"):
        catalogs.concentration(catalog(2, extra={"r_vir": [1.0, 1.0], "r_s": [0.1, 0.0]}))


@pytest.mark.parametrize("of", ["mass", "count"])
@pytest.mark.parametrize("inner", [0.0, 1.5, "each"])
def test_environments(of, inner):
    halos = catalog(400)
    rng = np.random.default_rng(7)
    inner = rng.uniform(0.0, 3.0, 400) if inner == "each" else inner
    found = catalogs.environment(halos, 5.0, inner=inner, of=of)
    steps = np.abs(halos.positions[:, None] - halos.positions)
    distance = np.sqrt((np.minimum(steps, BOX - steps) ** 2).sum(axis=-1))
    np.fill_diagonal(distance, np.inf)
    begin = np.broadcast_to(inner, 400)[:, None]
    weights = 10**halos.log_mpeak if of == "mass" else np.ones(400)
    weights = np.where(halos.is_satellite, 0.0, weights)
    expected = ((distance >= begin) & (distance < 5.0)) @ weights
    np.testing.assert_allclose(found, expected, rtol=1e-5)
    assert expected.min() > 0


@pytest.mark.parametrize(
    ("radius", "options", "message"),
    [
        (11.0, {}, "at most half the box, 10 Mpc/h, got 11"),
        (5.0, {"inner": 6.0}, "inner must be one number or 300, from 0 up to the radius 5"),
        (5.0, {"inner": [1.0, 2.0]}, "inner must be one number or 300"),
        (5.0, {"of": "light"}, 'of must be "mass" or "count"'),
    ],
)
def test_environments_that_cannot_be_had(radius, options, message):
    with pytest.raises(CatalogError, match=message):
        catalogs.environment(catalog(), radius, **options)


@pytest.mark.parametrize("omega_m", [0.3, 1.0])
def test_times_since_infall(omega_m):
    scale = np.array([0.1, 0.3, 0.5, 1 / 1.5, 1 / 1.5 + 1e-5])
    found = catalogs.time_since_infall(scale, 0.5, Cosmology(omega_m=omega_m, h=0.7))
    ages = FlatLambdaCDM(H0=70, Om0=omega_m, Tcmb0=0).age
    expected = ages(0.5).value - ages(1 / scale[:4] - 1).value
    np.testing.assert_allclose(found, [*expected, 0.0], rtol=1e-6, atol=1e-6)


def test_times_since_infall_that_cannot_be_had():
    cosmology = Cosmology(omega_m=0.3, h=0.7)
    with pytest.raises(CatalogError, match="needs a cosmology"):
        catalogs.time_since_infall([0.5], 0.0, None)
    with pytest.raises(CatalogError, match=r"0.6667, but 2 of 3 values do not, such as 0.8"):
        catalogs.time_since_infall([0.5, 0.8, -1.0], 0.5, cosmology)


def test_they_go_into_a_catalogue():
    halos = catalog(extra={"spin": np.arange(300.0)})
    rank = catalogs.rank_at_fixed_mass(halos.column("spin"), halos.log_mpeak, width=0.5)
    halos = halos.with_columns(spin_rank=rank)
    np.testing.assert_array_equal(halos.columns(["spin_rank"])["spin_rank"], rank)


@pytest.mark.parametrize("redshift", [0.0, 1.0, 3.0])
def test_virial_velocities_are_those_of_colossus(redshift):
    from colossus.halo import mass_so

    from halograd.theory.colossus_cosmology import colossus_cosmology

    log_mass = np.array([10.0, 12.0, 14.5])
    with colossus_cosmology(catalogs.BOLSHOI_PLANCK):
        radius = mass_so.M_to_R(10**log_mass, redshift, "vir") * 1e-3
    expected = np.sqrt(4.30091e-9 * 10**log_mass / radius)
    scale = np.full(3, 1 / (1 + redshift))
    found = catalogs.virial_velocity(log_mass, scale, catalogs.BOLSHOI_PLANCK)
    np.testing.assert_allclose(found, expected, rtol=2e-3)
    with pytest.raises(CatalogError, match="virial velocities need a cosmology"):
        catalogs.virial_velocity(log_mass, scale, None)


def test_times_and_velocities_make_themselves_of_scale_factors():
    from halograd.catalogs.derived import sources

    halos = catalog(cosmology=catalogs.BOLSHOI_PLANCK)
    scale = np.linspace(0.3, 0.66, len(halos))
    with pytest.raises(CatalogError, match=r"no column 'time_since_infall'.*To make it"):
        halos.column("time_since_infall")
    dated = halos.with_columns(infall_scale=scale, mpeak_scale=scale)
    np.testing.assert_array_equal(
        dated.column("time_since_infall"),
        catalogs.time_since_infall(scale, halos.redshift, halos.cosmology),
    )
    np.testing.assert_array_equal(
        dated.column("v_vir_at_mpeak"),
        catalogs.virial_velocity(halos.log_mpeak, scale, halos.cosmology),
    )
    given = dated.with_columns(time_since_infall=np.ones(len(halos)))
    assert (given.column("time_since_infall") == 1).all()
    asked = ("time_since_infall", "v_vir_at_mpeak", "v_max", "host_log_mass")
    assert sources(asked) == ("infall_scale", "mpeak_scale", "v_max")
