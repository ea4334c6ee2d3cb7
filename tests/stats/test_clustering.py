from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from halograd import pairs as pair_classes
from halograd import stats
from halograd.errors import HalogradError
from halograd.pairs import ProjectedCrossPairs, ProjectedPairs, RadialPairs
from halograd.stats import pairless_samples, sample_weights, wp
from oracles import brute_force, dense_pairs
from oracles.clustered_points import BOX, clustered
from oracles.toy_universe import BOXSIZE, toy_universe

EDGES, PI_MAX = np.array([0.2, 1.0, 4.0, 15.0]), 20.0
PI_EDGES, MU_EDGES = np.array([0.0, 3.0, 8.0, 20.0]), np.array([0.0, 0.3, 0.8, 1.0])
ANNULI, SHELLS = np.pi * np.diff(EDGES**2), 4 / 3 * np.pi * np.diff(EDGES**3)


class Case(NamedTuple):
    """One statistic: its pair classes, their bins, and what the oracle needs."""

    classes: str
    bins: dict
    second_edges: np.ndarray
    bin_volumes: np.ndarray
    scale: float = 1.0


CASES = {
    "wp": Case(
        "Projected",
        {"rp_edges": EDGES, "pi_max": PI_MAX},
        np.array([0.0, PI_MAX]),
        2 * PI_MAX * ANNULI[:, None],
        2 * PI_MAX,
    ),
    "xi": Case("Radial", {"r_edges": EDGES}, np.array([0.0, 1.0]), SHELLS[:, None]),
    "xi_rp_pi": Case(
        "RpPi",
        {"rp_edges": EDGES, "pi_edges": PI_EDGES},
        PI_EDGES,
        ANNULI[:, None] * 2 * np.diff(PI_EDGES),
    ),
    "xi_s_mu": Case(
        "SMu",
        {"s_edges": EDGES, "mu_edges": MU_EDGES},
        MU_EDGES,
        SHELLS[:, None] * np.diff(MU_EDGES),
    ),
}


def make_pairs(case, positions, *, cross="", axis=2):
    return getattr(pair_classes, f"{case.classes}{cross}Pairs")(
        *positions, boxsize=BOX, line_of_sight=axis, **case.bins
    )


def oracle(name, first, second, axis=2):
    """Of weights (n,) and (m,), the expected statistic."""
    case, matrix_of = CASES[name], dense_pairs.s_mu_matrix
    if case.classes in {"Projected", "RpPi"}:
        matrix_of = dense_pairs.rp_pi_matrix
    two_sets = second is not first
    matrix = matrix_of(first, second, BOX, EDGES, case.second_edges, axis)
    matrix = matrix if two_sets else dense_pairs.without_self(matrix)

    def statistic(w1, w2):
        result = dense_pairs.excess(matrix, w1, w2, case.bin_volumes, BOX.prod(), two_sets=two_sets)
        squeeze = name in {"wp", "xi"}
        return case.scale * (result[:, 0] if squeeze else result)

    return statistic


def check_value_and_gradient(statistic, expected, weights, both):
    """Against `expected` of each column, and its central differences, in one compilation."""
    rng = np.random.default_rng(9)
    probe = rng.normal(size=np.shape(expected(*both(weights[:, 0]))))

    @jax.jit
    def value_and_gradient(w):
        value, transpose = jax.vjp(statistic, w)
        return value, transpose(jnp.broadcast_to(probe, value.shape))[0]

    value, gradient = value_and_gradient(jnp.asarray(weights))
    direction = rng.normal(size=weights.shape)
    for k, (column, step) in enumerate(zip(weights.T, 1e-5 * direction.T, strict=True)):
        np.testing.assert_allclose(value[k], expected(*both(column)), rtol=1e-10)
        up, down = expected(*both(column + step)), expected(*both(column - step))
        slope = np.vdot(probe, up - down) / 2e-5
        np.testing.assert_allclose(
            np.vdot(gradient[:, k], direction[:, k]), slope, rtol=1e-6, atol=1e-7
        )


@pytest.fixture(scope="module")
def points():
    return clustered(250, seed=3) % BOX


@pytest.fixture(scope="module")
def others():
    return clustered(180, seed=4) % BOX


@pytest.mark.parametrize("name", CASES)
def test_autocorrelation(name, points):
    weights = np.random.default_rng(0).random((len(points), 2))
    with jax.enable_x64(True):
        pairs = make_pairs(CASES[name], [points], axis=1)
        check_value_and_gradient(
            lambda w: getattr(stats, name)(w, pairs),
            oracle(name, points, points, axis=1),
            weights,
            lambda w: (w, w),
        )


@pytest.mark.parametrize("name", CASES)
def test_cross_correlation_of_two_samples_of_the_same_points(name, points):
    first, second = np.random.default_rng(1).random((2, len(points), 2))
    with jax.enable_x64(True):
        pairs = make_pairs(CASES[name], [points], axis=0)
        statistic = getattr(stats, name)
        value = statistic(first, pairs, cross_with=second)
        expected = oracle(name, points, points, axis=0)
        for k in range(2):
            np.testing.assert_allclose(value[k], expected(first[:, k], second[:, k]), rtol=1e-10)


@pytest.mark.parametrize("name", CASES)
def test_cross_correlation_of_two_point_sets(name, points, others):
    rng = np.random.default_rng(2)
    first, fixed = rng.random((len(points), 2)), rng.random(len(others))
    with jax.enable_x64(True):
        pairs = make_pairs(CASES[name], [points, others], cross="Cross")
        second = jnp.stack([fixed, fixed], axis=1)
        check_value_and_gradient(
            lambda w: getattr(stats, name)(w, pairs, cross_with=second),
            oracle(name, points, others),
            first,
            lambda w: (w, fixed),
        )


def test_gradient_of_a_cross_correlation_in_both_samples(points):
    first, second = np.random.default_rng(5).random((2, len(points)))
    steps = np.random.default_rng(6).normal(size=(2, len(points)))
    expected = oracle("xi", points, points)
    with jax.enable_x64(True):
        pairs = make_pairs(CASES["xi"], [points])

        def statistic(w1, w2):
            return stats.xi(w1, pairs, cross_with=w2)

        value, tangent = jax.jvp(statistic, (jnp.asarray(first), jnp.asarray(second)), tuple(steps))
        moved = [(first + sign * steps[0], second + sign * steps[1]) for sign in (1e-5, -1e-5)]
        slope = (expected(*moved[0]) - expected(*moved[1])) / 2e-5
        np.testing.assert_allclose(value, expected(first, second), rtol=1e-10)
        np.testing.assert_allclose(tangent, slope, rtol=1e-6, atol=1e-8)


def test_the_mean_over_lines_of_sight(points):
    weights = np.random.default_rng(7).random(len(points))
    with jax.enable_x64(True):
        views = [make_pairs(CASES["wp"], [points], axis=axis) for axis in range(3)]
        single = [oracle("wp", points, points, axis)(weights, weights) for axis in range(3)]
        np.testing.assert_allclose(wp(weights, views), np.mean(single, axis=0), rtol=1e-10)
        assert np.ptp(single, axis=0).max() > 0.1


def test_pairs_along_the_whole_box(points, others):
    with jax.enable_x64(True):
        pairs = ProjectedCrossPairs(points, others, BOX, EDGES, line_of_sight=1)
        result = wp(np.ones(len(points)), pairs, cross_with=np.ones(len(others)))
    matrix = dense_pairs.rp_pi_matrix(points, others, BOX, EDGES, np.array([0, 100.0]), 1)
    density = len(points) * len(others) / BOX.prod() * BOX[1]
    expected = BOX[1] * (matrix.sum(axis=(0, 1, 3)) / (density * ANNULI) - 1)
    np.testing.assert_allclose(result, expected, rtol=1e-10)


def test_default_precision(points):
    weights = np.random.default_rng(8).random(len(points))
    pairs = make_pairs(CASES["xi_rp_pi"], [points])
    result = stats.xi_rp_pi(weights, pairs)
    assert result.dtype == jnp.float32
    expected = oracle("xi_rp_pi", points, points)(weights, weights)
    np.testing.assert_allclose(result + 1, expected + 1, rtol=4e-6)
    compiled = eqx.filter_jit(stats.xi_rp_pi)(jnp.asarray(weights), pairs)
    np.testing.assert_allclose(compiled, result, rtol=1e-5, atol=1e-5)


def test_unclustered_points_have_no_correlation():
    rng = np.random.default_rng(1)
    positions = rng.random((1500, 3)) * BOXSIZE
    pairs = ProjectedPairs(positions, BOXSIZE, EDGES, PI_MAX)
    counts = pairs(np.ones(1500))
    noise = 2 * PI_MAX * np.sqrt(2 / np.asarray(counts))
    assert (np.abs(wp(np.ones(1500), pairs)) < 4 * noise).all()


@pytest.fixture(scope="module")
def universe():
    return toy_universe(n_halo=120)


@pytest.fixture(scope="module")
def pairs(universe):
    return ProjectedPairs(universe.positions, BOXSIZE, EDGES, PI_MAX)


@pytest.mark.parametrize("kept", [0, 1])
def test_a_sample_without_pairs_is_flagged_and_stays_finite(universe, pairs, kept):
    weights = np.ones((len(universe), 2), np.float32)
    weights[kept:, 0] = 0.0
    assert pairless_samples(weights).tolist() == [True, False]
    np.testing.assert_array_equal(wp(weights, pairs)[0], 0.0)
    for derivative in (jax.jacfwd, jax.jacrev):
        slopes = jax.jit(derivative(lambda w: wp(w, pairs)))(jnp.asarray(weights))
        assert np.isfinite(slopes).all()
        np.testing.assert_array_equal(slopes[0], 0.0)
    np.testing.assert_allclose(wp(weights, pairs)[1], wp(weights[:, 1], pairs), rtol=1e-6)


def test_samples_without_pairs_between_them_are_flagged_and_stay_finite(universe, pairs):
    first, second = np.ones((2, len(universe), 2), np.float32)
    first[1:, 0] = 0.0
    second[1:, 0] = 0.0
    assert pairless_samples(first, second).tolist() == [True, False]
    result, slopes = jax.jvp(
        lambda w: wp(w, pairs, cross_with=second), (jnp.asarray(first),), (jnp.ones_like(first),)
    )
    np.testing.assert_array_equal(result[0], 0.0)
    np.testing.assert_array_equal(slopes[0], 0.0)
    assert np.isfinite(result).all()
    assert (np.asarray(result[1]) != 0).all()


def test_gradient_in_model_parameters_against_finite_differences(universe, pairs):
    edges = np.array([10.0, 10.6, np.inf])
    with jax.enable_x64(True):
        log_mpeak = jnp.asarray(universe.log_mpeak)

        @jax.jit
        def statistic(theta):
            mean = theta[0] + theta[1] * (log_mpeak - 12)
            return wp(sample_weights(mean, theta[2], edges), pairs)

        theta = jnp.array([10.4, 0.7, 0.25])
        forward, reverse = (jax.jit(d(statistic))(theta) for d in (jax.jacfwd, jax.jacrev))
        np.testing.assert_allclose(forward, reverse, rtol=1e-9)
        for k, step in enumerate(1e-5 * jnp.eye(3)):
            slope = (statistic(theta + step) - statistic(theta - step)) / 2e-5
            np.testing.assert_allclose(forward[..., k], slope, rtol=1e-6, atol=1e-6)


def test_wp_against_the_counts_of_the_pair_tests(universe, pairs):
    weights = np.random.default_rng(0).random(len(universe))
    matrix = brute_force.auto_matrix(universe.positions, BOXSIZE, EDGES, PI_MAX)
    counts = np.einsum("i,ijb,j->b", weights, matrix, weights)
    random = (weights.sum() ** 2 - np.sum(weights**2)) * ANNULI * 2 * PI_MAX / BOXSIZE**3
    expected = 2 * PI_MAX * (counts / random - 1)
    np.testing.assert_allclose(wp(weights, pairs), expected, rtol=1e-5, atol=1e-4)


def test_pairs_a_statistic_cannot_use(points, others, pairs):
    ones, two = np.ones(len(points)), np.ones(len(others))
    with pytest.raises(HalogradError, match="xi needs RadialPairs or RadialCrossPairs"):
        stats.xi(ones, pairs)
    with pytest.raises(HalogradError, match=r"wp needs Projected.*got RadialPairs"):
        wp(ones, RadialPairs(points, BOX, EDGES))
    with pytest.raises(HalogradError, match="weights of the second as cross_with"):
        wp(ones, ProjectedCrossPairs(points, others, BOX, EDGES))
    with pytest.raises(HalogradError, match="empty sequence"):
        wp(ones, [])
    for other_edges in (EDGES[:-1], 1.01 * EDGES):
        with pytest.raises(HalogradError, match="same edges"):
            stats.xi(ones, [RadialPairs(points, BOX, edges) for edges in (EDGES, other_edges)])
    with pytest.raises(HalogradError, match="weights must have shape"):
        wp(two, ProjectedPairs(points, BOX, EDGES, PI_MAX))
    with pytest.raises(HalogradError, match="same shape"):
        wp(ones, ProjectedPairs(points, BOX, EDGES, PI_MAX), cross_with=ones[:, None])


@pytest.mark.parametrize("periodic", [False, (True, True, False)])
def test_random_pairs_are_unknown_in_a_box_that_is_not_periodic(points, periodic):
    pairs = RadialPairs(points, BOX, EDGES, periodic=periodic)
    with pytest.raises(HalogradError, match="periodic on every axis"):
        stats.xi(np.ones(len(points)), pairs)
