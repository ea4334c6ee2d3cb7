import hypothesis.extra.numpy as hnp
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from halograd.errors import HalogradError
from halograd.pairs import ProjectedPairs
from oracles import brute_force
from oracles.clustered_points import BOX, clustered

EDGES = np.array([0.1, 0.5, 1.0, 3.0, 8.0, 20.0])
PI_MAX = 15.0


@pytest.fixture(scope="module")
def case():
    positions = clustered(600)
    matrix = brute_force.auto_matrix(positions % BOX, BOX, EDGES, PI_MAX)
    weights = np.random.default_rng(1).random((600, 3)) * (np.arange(600)[:, None] % 3 > 0)
    return ProjectedPairs(positions, BOX, EDGES, PI_MAX), matrix, weights


def weighted(matrix, w1, w2):
    return np.einsum("is,ijb,js->sb", w1, matrix, w2)


def test_float32_counts_match_brute_force(case):
    pairs, matrix, weights = case
    expected = weighted(matrix, weights, weights)
    np.testing.assert_allclose(pairs(weights), expected, rtol=2e-6)
    np.testing.assert_allclose(pairs(weights[:, 0]), expected[0], rtol=2e-6)


def test_float64_unit_counts_are_exact(case):
    pairs, matrix, _ = case
    with jax.enable_x64(True):
        counts = pairs(np.ones(600))
        assert counts.dtype == np.float64
        np.testing.assert_array_equal(counts, matrix.sum(axis=(0, 1)))


def test_float64_weighted_counts(case):
    pairs, matrix, weights = case
    with jax.enable_x64(True):
        np.testing.assert_allclose(pairs(weights), weighted(matrix, weights, weights), rtol=1e-13)


def test_cross_counts(case):
    pairs, matrix, weights = case
    first, second = weights[:, :2], weights[:, 1:]
    np.testing.assert_allclose(
        pairs.cross(first, second), weighted(matrix, first, second), rtol=2e-6
    )
    assert pairs.cross(first[:, 0], second[:, 0]).shape == (5,)


def test_per_point_sums_are_right_where_the_weight_is_zero(case):
    pairs, matrix, weights = case
    expected = np.einsum("ijb,js->isb", matrix, weights)
    sums = pairs.per_point(weights)
    assert (weights[0] == 0).all()
    assert expected[0].max() > 0
    np.testing.assert_allclose(sums, expected, rtol=5e-6, atol=1e-5)
    np.testing.assert_allclose(pairs.per_point(weights[:, 1]), expected[:, 1], rtol=5e-6, atol=1e-5)


def test_self_pairs_are_left_out_of_a_bin_that_starts_at_zero():
    positions = clustered(200)
    positions[7] = positions[3]  # duplicates are pairs, at separation 0
    edges = np.array([0.0, 1.0, 10.0])
    pairs = ProjectedPairs(positions, BOX, edges, PI_MAX)
    expected = brute_force.auto_matrix(positions % BOX, BOX, edges, PI_MAX).sum(axis=(0, 1))
    np.testing.assert_array_equal(pairs(np.ones(200)), expected)
    alone = np.eye(200)[0]
    np.testing.assert_array_equal(pairs(alone), 0.0)


@pytest.mark.parametrize("n", [0, 1, 2])
def test_few_points(n):
    positions = np.full((n, 3), 10.0)
    pairs = ProjectedPairs(positions, 50.0, np.array([0.0, 1.0, 5.0]), 10.0)
    ones = np.ones(n)
    np.testing.assert_array_equal(pairs(ones), [2.0 if n == 2 else 0.0, 0.0])
    assert pairs.per_point(ones).shape == (n, 2)
    assert np.isfinite(jax.grad(lambda w: pairs(w).sum())(ones)).all()


def test_rp_max_of_half_a_small_box():
    positions = clustered(80, boxsize=np.full(3, 9.0))
    edges = np.array([0.3, 2.0, 4.5])
    pairs = ProjectedPairs(positions, 9.0, edges, 4.5)
    expected = brute_force.auto_matrix(positions % 9.0, 9.0, edges, 4.5).sum(axis=(0, 1))
    np.testing.assert_array_equal(pairs(np.ones(80)), expected)


@settings(deadline=None, max_examples=25)
@given(
    points=hnp.arrays(np.float64, (12, 3), elements=st.floats(0, 1)),
    sides=hnp.arrays(np.float64, 3, elements=st.floats(1.0, 300.0)),
    reach=st.floats(0.05, 0.5),
)
def test_exact_counts_in_any_box(points, sides, reach):
    positions = np.minimum(points * sides, np.nextafter(sides, 0))
    edges = np.array([0.0, 0.3, 1.0]) * reach * sides[:2].min()
    depth = reach * sides[2]
    pairs = ProjectedPairs(positions, sides, edges, depth)
    expected = brute_force.auto_matrix(positions, sides, edges, depth)
    with jax.enable_x64(True):
        np.testing.assert_array_equal(pairs(np.ones(12)), expected.sum(axis=(0, 1)))
        np.testing.assert_array_equal(pairs.per_point(np.ones(12)), expected.sum(axis=1))


def test_count_and_gradient_under_every_transformation(case):
    pairs, matrix, weights = case
    w, v = weights[:, :1], np.random.default_rng(2).standard_normal((600, 1))
    sums = np.einsum("ijb,j->ib", matrix, w[:, 0])
    column, direction = jnp.asarray(w[:, 0]), jnp.asarray(v[:, 0])
    jacobian = 2 * sums.T
    tolerance = {"rtol": 1e-5, "atol": 1e-5 * np.abs(jacobian).max()}

    np.testing.assert_allclose(jax.jacfwd(pairs)(column), jacobian, **tolerance)
    np.testing.assert_allclose(jax.jit(jax.jacrev(pairs))(column), jacobian, **tolerance)
    value, slope = jax.jvp(pairs, (column,), (direction,))
    np.testing.assert_allclose(value, weighted(matrix, w, w)[0], rtol=2e-6)
    np.testing.assert_allclose(slope, jacobian @ v[:, 0], rtol=1e-4, atol=1e-3)

    stack = jnp.stack([column, 2 * column])
    np.testing.assert_allclose(jax.vmap(pairs)(stack)[1], 4 * value, rtol=1e-5)
    gradients = jax.vmap(jax.grad(lambda w: pairs(w).sum()))(stack)
    np.testing.assert_allclose(gradients[1], 2 * jacobian.sum(axis=0), rtol=1e-4, atol=1e-2)

    hessian_vector = jax.jit(
        lambda w, v: jax.jvp(jax.grad(lambda w: pairs(w).sum()), (w,), (v,))[1]
    )(column, direction)
    expected = 2 * matrix.sum(axis=2) @ v[:, 0]
    np.testing.assert_allclose(hessian_vector, expected, rtol=1e-4, atol=1e-3)


def test_gradient_against_finite_differences(case):
    pairs, _, weights = case
    rng = np.random.default_rng(3)
    with jax.enable_x64(True):
        loss = jax.jit(lambda w: jnp.sum(jnp.sin(pairs(w) / 1e4)))
        direction = rng.standard_normal(weights.shape)
        step = 1e-6 * direction
        slope = (loss(weights + step) - loss(weights - step)) / 2e-6
        exact = jnp.vdot(jax.grad(loss)(weights), direction)
        np.testing.assert_allclose(exact, slope, rtol=1e-7)


def test_cross_gradient_against_finite_differences(case):
    pairs, _, weights = case
    with jax.enable_x64(True):
        first, second = weights[:, 0], weights[:, 1]
        direction = np.random.default_rng(4).standard_normal(600)

        def along(t, s):
            return pairs.cross(first + t * direction, second + s * direction).sum()

        for order in (0, 1):
            exact = jax.grad(along, argnums=order)(0.0, 0.0)
            shift = [(1e-5, 0.0), (0.0, 1e-5)][order]
            slope = (along(*shift) - along(*np.negative(shift))) / 2e-5
            np.testing.assert_allclose(exact, slope, rtol=1e-8)
        np.testing.assert_allclose(
            jax.grad(lambda w: pairs.cross(w, w).sum())(first),
            jax.grad(lambda w: pairs(w).sum())(first),
            rtol=1e-12,
        )


def test_per_point_is_differentiable_in_reverse(case):
    pairs, matrix, weights = case
    with jax.enable_x64(True):
        sums = np.einsum("ijb,j->ib", matrix, weights[:, 0])
        gradient = jax.grad(lambda w: jnp.sum(pairs.per_point(w) ** 2))(weights[:, 0])
        np.testing.assert_allclose(
            gradient, 2 * np.einsum("ijb,ib->j", matrix, sums), rtol=1e-12, atol=1e-9
        )


def test_pairs_may_be_an_argument_of_jit_without_retracing(case):
    pairs, _, weights = case
    traces = []

    @jax.jit
    def count(pairs, w):
        traces.append(1)
        return pairs(w)

    np.testing.assert_allclose(count(pairs, weights), pairs(weights), rtol=1e-6)
    count(pairs, weights + 1)
    assert len(traces) == 1


def test_importing_and_counting_leave_jax_settings_alone(case):
    pairs, _, weights = case
    assert pairs(weights).dtype == np.float32
    assert not jax.config.jax_enable_x64


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"positions": np.full((3, 3), np.nan)}, "finite"),
        ({"positions": np.full((3, 3), np.inf)}, "finite"),
        ({"positions": np.full((3, 3), -1.0)}, r"\[0, L\)"),
        ({"positions": np.full((3, 3), 51.0)}, r"\[0, L\)"),
        ({"positions": np.zeros((3, 2))}, "shape"),
        ({"boxsize": -50.0}, "positive"),
        ({"boxsize": 0.0}, "positive"),
        ({"boxsize": None}, "missing"),
        ({"boxsize": [50.0, 50.0]}, "one number or three"),
        ({"rp_edges": [1.0, 1.0]}, "increase"),
        ({"rp_edges": [2.0, 1.0]}, "increase"),
        ({"rp_edges": [1.0]}, "at least two"),
        ({"rp_edges": [-1.0, 1.0]}, "start at 0"),
        ({"rp_edges": [1.0, 26.0]}, "half the box"),
        ({"pi_max": 26.0}, "half the box"),
        ({"pi_max": 0.0}, "positive"),
        ({"pi_max": np.nan}, "finite"),
    ],
)
def test_bad_geometry(change, message):
    good = {"positions": np.ones((3, 3)), "boxsize": 50.0, "rp_edges": [1.0, 2.0], "pi_max": 10.0}
    with pytest.raises(HalogradError, match=message):
        ProjectedPairs(**{**good, **change})


def test_bad_weights(case):
    pairs, _, weights = case
    with pytest.raises(HalogradError, match="one row per point"):
        pairs(weights[:-1])
    with pytest.raises(HalogradError, match="one row per point"):
        pairs(weights[None])
    with pytest.raises(HalogradError, match="same shape"):
        pairs.cross(weights[:, 0], weights)
