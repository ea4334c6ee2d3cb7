"""Pairs of galaxies within halos: every convention against brute force and independent mocks."""

import jax
import numpy as np
import pytest
from scipy.spatial import cKDTree
from scipy.special import erf

from halograd import catalogs, inference, models, tracers
from halograd.catalogs import HaloCatalog
from halograd.errors import HalogradError
from halograd.theory import nfw
from oracles.brute_force import auto_matrix, axis_separations, bin_matrix, without_self

RP, PI_MAX = [0.1, 0.3, 0.8, 2.0, 6.0], 15.0
R = [0.0, 0.4, 1.0, 3.0]
BOX = 50.0
LAYOUT = inference.Observables(
    n=["all", "central", "satellite"], wp=["all", "satellite", ("central", "satellite")],
    rp_edges=RP, pi_max=PI_MAX, xi=["all"], xi_edges=R,
)  # fmt: skip
THETA = {"logMmin": 13.4, "sigma_logM": 0.6, "logM0": 12.3, "logM1": 13.3, "alpha": 0.9}
EXCESS = 0.4


def groups(n_host=50, n_place=6, seed=0):
    """Hosts with as many subhalos each, in a small box."""
    rng = np.random.default_rng(seed)
    centres = rng.random((n_host, 3)) * BOX
    host = np.repeat(np.arange(n_host), n_place)
    places = (centres[host] + rng.normal(scale=0.4, size=(len(host), 3))) % BOX
    masses = rng.uniform(12.8, 14.3, n_host)
    ranks = rng.uniform(-0.5, 0.5, n_host)
    halos = HaloCatalog(
        positions=np.concatenate([centres, places]),
        log_mpeak=np.concatenate([masses, masses[host] - 1.5]),
        host_index=np.concatenate([np.arange(n_host), host]),
        boxsize=BOX,
        redshift=0.0,
        extra={"concentration_rank": np.concatenate([ranks, ranks[host]])},
    )
    share = rng.random(len(halos))
    return tracers.from_subhalos(halos, weights=share)


@pytest.fixture(scope="module")
def halos():
    return groups()


@pytest.fixture(scope="module")
def in_bins(halos):
    """(n, n, n_rp) and (n, n, n_r), which pairs of tracers are in each bin of wp and of ξ."""
    apart = axis_separations(halos.positions, halos.positions, BOX)
    shells = bin_matrix(apart, R, [0.0, 1.0], is_projected=False)[..., 0]
    return auto_matrix(halos.positions, BOX, RP, PI_MAX), without_self(shells)


def moments(halos, convention):
    """E[n_i n_j] of the galaxies on two tracers i ≠ j, by what the convention says. (n, n)"""
    mass, satellite = halos.column("host_log_mass"), halos.is_satellite
    central = 0.5 * (1 + erf((mass - 13.4) / 0.6))
    power = np.maximum((10**mass - 10**12.3) / 10**13.3, 0.0) ** 0.9
    rate = (central * power if "given" in convention else power) * halos.column("satellite_share")
    if convention == "binomial":
        rate = np.minimum(rate, 1.0)
    mean = np.where(satellite, rate, central)
    pairs = mean[:, None] * mean
    same = halos.column("host_row")[:, None] == halos.column("host_row")
    both = same & satellite[:, None] & satellite
    one = same & (satellite[:, None] != satellite)
    if convention == "poisson given central":
        # A satellite is there where its central is, with which it shares the chance.
        pairs = np.where(both | one, pairs / central[:, None], pairs)
    if convention == "negative binomial":
        pairs = np.where(both, pairs * (1 + EXCESS), pairs)
    return mean, np.where(np.eye(len(mean), dtype=bool), 0.0, pairs)


CONVENTIONS = ["poisson", "binomial", "poisson given central", "negative binomial"]


def theta_of(convention):
    return THETA | ({"excess_variance": EXCESS} if convention == "negative binomial" else {})


@pytest.mark.parametrize("convention", CONVENTIONS)
def test_predictions_are_the_sums_over_all_pairs(halos, in_bins, convention):
    model = models.Zheng07(second_moments=convention)
    with jax.enable_x64(True):
        found = inference.Predictor(halos, model, LAYOUT)(theta_of(convention))
    mean, pairs = moments(halos, convention)
    satellite = halos.is_satellite.astype(float)
    every, central = np.ones_like(satellite), 1 - satellite
    volume = BOX**3
    expected = [mean.sum(), (mean * central).sum(), (mean * satellite).sum()]
    np.testing.assert_allclose(found["n"], np.array(expected) / volume, rtol=1e-12)
    rings = np.pi * np.diff(np.square(RP)) * 2 * PI_MAX / volume
    for row, (first, second) in enumerate(
        [(every, every), (satellite, satellite), (central, satellite)]
    ):
        of_two = first[:, None] * second * pairs
        counts = np.einsum("ij,ijk->k", of_two, in_bins[0])
        excess = counts / (of_two.sum() * rings) - 1
        np.testing.assert_allclose(found["wp"][row], 2 * PI_MAX * excess, rtol=1e-7, atol=1e-7)
    shells = 4 * np.pi / 3 * np.diff(np.power(R, 3)) / volume
    counts = np.einsum("ij,ijk->k", pairs, in_bins[1])
    np.testing.assert_allclose(found["xi"][0], counts / (pairs.sum() * shells) - 1, rtol=1e-7)


def drawn(rng, halos, convention):
    """Numbers of galaxies on each tracer, by an independent sampler. (n,)"""
    mass, satellite = halos.column("host_log_mass"), halos.is_satellite
    row, share = halos.column("host_row"), halos.column("satellite_share")
    central = rng.random(len(halos)) < 0.5 * (1 + erf((mass - 13.4) / 0.6))
    rate = np.maximum((10**mass - 10**12.3) / 10**13.3, 0.0) ** 0.9
    if convention == "poisson given central":
        rate = rate * central[row]
    if convention == "negative binomial":
        rate = rate * rng.gamma(1 / EXCESS, EXCESS, len(halos))[row]
    return np.where(satellite, rng.poisson(rate * share), central & ~satellite)


@pytest.mark.parametrize(
    "convention",
    [
        "poisson",
        pytest.param("poisson given central", marks=pytest.mark.slow),
        pytest.param("negative binomial", marks=pytest.mark.slow),
    ],
)
def test_mean_of_independent_mocks(halos, in_bins, convention):
    """n, and pairs over the mean number of pairs, within three and a half standard errors."""
    rng, n_mock = np.random.default_rng(5), 3000
    numbers = np.array([drawn(rng, halos, convention) for _ in range(n_mock)], float)
    prediction = inference.Predictor(halos, models.Zheng07(second_moments=convention), LAYOUT)(
        theta_of(convention)
    )
    total = numbers.sum(axis=1)
    close(prediction["n"][0] * BOX**3, total)
    distinct = (total**2 - (numbers**2).sum(axis=1)).mean()
    rings = np.pi * np.diff(np.square(RP)) * 2 * PI_MAX / BOX**3
    shells = 4 * np.pi / 3 * np.diff(np.power(R, 3)) / BOX**3
    counts = np.einsum("mi,ijk,mj->mk", numbers, in_bins[0], numbers, optimize=True)
    close(prediction["wp"][0], 2 * PI_MAX * (counts / (distinct * rings) - 1), distinct=total)
    counts = np.einsum("mi,ijk,mj->mk", numbers, in_bins[1], numbers, optimize=True)
    close(prediction["xi"][0], counts / (distinct * shells) - 1, distinct=total)


def close(expected, draws, distinct=None):
    """Whether the mean of draws, (n_mock, ...), is the prediction.

    Where draws were divided by a mean number of pairs, the error of that is part of theirs.
    """
    error = draws.std(axis=0, ddof=1) / np.sqrt(len(draws))
    if distinct is not None:
        pairs = distinct**2
        scatter = pairs.std(ddof=1) / pairs.mean() / np.sqrt(len(draws))
        error = np.hypot(error, np.abs(1 + draws.mean(axis=0)) * scatter)
    assert (np.abs(draws.mean(axis=0) - expected) < 3.5 * error).all()


@pytest.mark.parametrize("convention", ["poisson given central", "negative binomial"])
@pytest.mark.slow
def test_own_mocks_are_of_the_convention(halos, in_bins, convention):
    model = models.Zheng07(second_moments=convention)
    theta = theta_of(convention)
    columns = halos.columns(model.needs)
    draw = jax.jit(lambda key: model.draw_parts(key, theta, columns))
    numbers = np.array(
        [sum(draw(key).values()) for key in jax.random.split(jax.random.key(2), 1500)], float
    )
    prediction = inference.Predictor(halos, model, LAYOUT)(theta)
    total = numbers.sum(axis=1)
    close(prediction["n"][0] * BOX**3, total)
    distinct = (total**2 - (numbers**2).sum(axis=1)).mean()
    rings = np.pi * np.diff(np.square(RP)) * 2 * PI_MAX / BOX**3
    counts = np.einsum("mi,ijk,mj->mk", numbers, in_bins[0], numbers, optimize=True)
    close(prediction["wp"][0], 2 * PI_MAX * (counts / (distinct * rings) - 1), distinct=total)


def test_conformity_is_a_mixture_over_the_type_of_the_central(halos, in_bins):
    model = models.AbacusELG(conformity=True)
    theta = {
        "p_max": 0.5, "logM_cut": 13.0, "logM1": 14.2, "alpha": 0.8, "logM1_EE": 13.6,
        "alpha_EE": 1.1, "kappa": 0.1,
    }  # fmt: skip
    layout = inference.Observables(n=["ELG"], wp=["ELG"], rp_edges=RP, pi_max=PI_MAX)
    rng, n_mock = np.random.default_rng(8), 3000
    complete = model.space.complete(theta)
    mass, satellite = halos.column("host_log_mass"), halos.is_satellite
    deviate = (mass - 13.0) / complete["sigma"]
    phi = np.exp(-(deviate**2) / 2) / np.sqrt(2 * np.pi) / complete["sigma"]
    chance = 2 * (0.5 - 0.01) * phi * 0.5 * (1 + erf(complete["gamma"] * deviate / np.sqrt(2)))
    above = np.maximum(10**mass - 0.1 * 10**13.0, 0.0)
    alone, with_elg = (above / 10**14.2) ** 0.8, (above / 10**13.6) ** 1.1
    numbers = []
    for _ in range(n_mock):
        central = rng.random(len(halos)) < chance
        rate = np.where(central[halos.column("host_row")], with_elg, alone)
        places = rng.poisson(rate * halos.column("satellite_share"))
        numbers.append(np.where(satellite, places, central))
    numbers = np.array(numbers, float)
    prediction = inference.Predictor(halos, model, layout)(theta)
    total = numbers.sum(axis=1)
    close(prediction["n"][0] * BOX**3, total)
    distinct = (total**2 - (numbers**2).sum(axis=1)).mean()
    rings = np.pi * np.diff(np.square(RP)) * 2 * PI_MAX / BOX**3
    counts = np.einsum("mi,ijk,mj->mk", numbers, in_bins[0], numbers, optimize=True)
    close(prediction["wp"][0], 2 * PI_MAX * (counts / (distinct * rings) - 1), distinct=total)


@pytest.mark.parametrize(
    "model",
    [
        models.Zheng07(second_moments="poisson given central", assembly_bias=models.Decorated()),
        models.Zheng07(second_moments="negative binomial", modulate_with_cenocc=True),
    ],
)
def test_derivatives_against_finite_differences(halos, model):
    with jax.enable_x64(True):
        predictor = inference.Predictor(halos, model, LAYOUT)
        start = model.space.complete(THETA)
        _, jacobian = predictor.value_and_jacobian(start)
        for name in model.space.names:
            # A decorated occupation bends at strength 0.
            value, step = float(start[name]) + 0.01, 1e-6
            around = [predictor(start | {name: value + s * step}).vector for s in (1, -1)]
            _, jacobian = predictor.value_and_jacobian(start | {name: value})
            slope = np.asarray(around[0] - around[1]) / (2 * step)
            scale = max(np.abs(slope).max(), 1e-3)
            np.testing.assert_allclose(jacobian[name], slope, rtol=1e-4, atol=1e-6 * scale)


def test_satellites_that_prefer_places(halos):
    """With ranks, the pairs of a correlated model are still those of its own mocks."""
    rng = np.random.default_rng(3)
    ranks = {
        name: np.where(halos.is_satellite, rng.uniform(-1, 1, len(halos)), 0.0)
        for name in ("rank_r", "rank_v", "rank_perihelion", "rank_v_r")
    }
    model = models.Zheng07(second_moments="poisson given central", ranks=True)
    theta = THETA | {"s": 0.5, "s_v": -0.3, "s_r": 0.1}
    ranked = halos.with_columns(**ranks)
    with jax.enable_x64(True):
        predictor = inference.Predictor(ranked, model, LAYOUT)
        found = predictor(theta)
        weights = np.asarray(predictor.weights(model.space.complete(theta)))[:, 0]
    mass, satellite = halos.column("host_log_mass"), halos.is_satellite
    central = 0.5 * (1 + erf((mass - 13.4) / 0.6))
    same = halos.column("host_row")[:, None] == halos.column("host_row")
    inside = same & (satellite[:, None] | satellite)
    pairs = weights[:, None] * weights * np.where(inside, 1 / central[:, None], 1.0)
    np.fill_diagonal(pairs, 0.0)
    counts = np.einsum("ij,ijk->k", pairs, auto_matrix(halos.positions, BOX, RP, PI_MAX))
    rings = np.pi * np.diff(np.square(RP)) * 2 * PI_MAX / BOX**3
    excess = counts / (pairs.sum() * rings) - 1
    np.testing.assert_allclose(found["wp"][0], 2 * PI_MAX * excess, rtol=1e-7, atol=1e-7)


def test_tables_refuse_correlated_galaxies(halos):
    model = models.Zheng07(second_moments="poisson given central")
    predictor = inference.Predictor(halos, model, LAYOUT)
    with pytest.raises(HalogradError, match="a table holds the pairs of galaxies"):
        inference.tabulate(predictor)


def clusters(n_host=150, box=160.0):
    rng = np.random.default_rng(4)
    mass = rng.uniform(13.2, 14.5, n_host)
    return HaloCatalog(
        positions=rng.random((n_host, 3)) * box,
        velocities=rng.normal(size=(n_host, 3)) * 300.0,
        log_mpeak=mass,
        boxsize=box,
        redshift=0.3,
        cosmology=catalogs.BOLSHOI_PLANCK,
        extra={
            "r_vir": 0.9 * 10 ** ((mass - 14) / 3),
            "concentration": 6 * 10 ** (-0.1 * (mass - 14)),
        },
    )


@pytest.mark.slow
@pytest.mark.parametrize("convention", ["poisson", "poisson given central"])
def test_points_predict_the_smooth_profile(convention):
    """wp, ξ and ξ_0 from ten points per halo, against galaxies drawn from the profile itself."""
    hosts = clusters()
    box, n, n_mock = hosts.boxsize[0], len(hosts), 3000
    edges, s_edges, pi_max = np.geomspace(0.05, 1.3, 7), np.array([0.3, 1.0, 3.0, 8.0]), 20.0
    layout = inference.Observables(
        n=["all"], wp=["all"], rp_edges=edges, pi_max=pi_max, xi=["all"], xi_edges=edges,
        multipoles=["all"], s_edges=s_edges, ells=(0,), n_mu=4,
    )  # fmt: skip
    model = models.Zheng07(second_moments=convention)
    theta = {"logMmin": 13.5, "sigma_logM": 0.5, "logM0": 12.5, "logM1": 13.6, "alpha": 1.0}
    places = tracers.nfw_points(hosts, 10, concentration_bias=0.8)
    prediction = inference.Predictor(places, model, layout)(theta)
    rng = np.random.default_rng(9)
    radius, c = hosts.extra["r_vir"], hosts.extra["concentration"]
    central = 0.5 * (1 + erf((hosts.log_mpeak - 13.5) / 0.5))
    rate = (10**hosts.log_mpeak - 10**12.5) / 10**13.6
    speed = nfw.virial_velocity(10**hosts.log_mpeak, radius / 1.3)
    shift = 1.3 / (100 * np.sqrt(0.307115 * 1.3**3 + 1 - 0.307115))
    numbers, found = [], {"wp": [], "xi": [], "multipoles": []}
    for _ in range(n_mock):
        has_central = rng.random(n) < central
        number = rng.poisson(rate) * (has_central if "given" in convention else 1)
        row = np.repeat(np.arange(n), number)
        offset = nfw.draw_offsets(rng, radius[row], 0.8 * c[row])
        inside = np.linalg.norm(offset, axis=1) / radius[row]
        sigma = speed[row] * nfw.velocity_dispersion(inside, c[row])
        place = np.concatenate([hosts.positions[has_central], hosts.positions[row] + offset]) % box
        drift = np.concatenate([np.zeros(has_central.sum()), sigma * rng.standard_normal(len(row))])
        of_host = np.concatenate([hosts.velocities[has_central, 2], hosts.velocities[row, 2]])
        moved = place.copy()
        moved[:, 2] = (moved[:, 2] + (drift + of_host) * shift) % box
        numbers.append(len(place))
        near = separations(place[:, :2], place, box, edges[-1])
        found["wp"].append(histogram(np.hypot(*near[np.abs(near[:, 2]) < pi_max, :2].T), edges))
        near = separations(place, place, box, edges[-1])
        found["xi"].append(histogram(np.linalg.norm(near, axis=1), edges))
        near = separations(moved, moved, box, s_edges[-1])
        found["multipoles"].append(histogram(np.linalg.norm(near, axis=1), s_edges))
    total = np.array(numbers, float)
    close(prediction["n"][0] * box**3, total)
    distinct = (total * (total - 1)).mean()
    rings = np.pi * np.diff(edges**2) * 2 * pi_max / box**3
    volumes = {"wp": rings} | {
        name: 4 * np.pi / 3 * np.diff(e**3) / box**3
        for name, e in (("xi", edges), ("multipoles", s_edges))
    }
    for name, counts in found.items():
        values = np.ravel(prediction[name]) / (2 * pi_max if name == "wp" else 1)
        close(values, np.array(counts, float) / (distinct * volumes[name]) - 1, distinct=total)


def separations(points, places, box, reach):
    """Vectors (n_pair, 3) between places that are nearer than `reach` by `points`."""
    first, second = cKDTree(points, boxsize=box).query_pairs(reach, output_type="ndarray").T
    apart = places[first] - places[second]
    return apart - box * np.round(apart / box)


def histogram(distances, edges):
    return 2 * np.histogram(distances, edges)[0]
