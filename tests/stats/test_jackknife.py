import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from halograd import stats
from halograd.errors import HalogradError
from halograd.stats import Jackknife
from halograd.stats.box_without_part import pair_fraction
from halograd.stats.multipoles import projected_on_legendre
from halograd.stats.pairs_without_regions import PairsWithoutRegions
from oracles import dense_pairs
from oracles.clustered_points import BOX, clustered
from oracles.pair_cases import multipole

EDGES, PI_MAX = np.array([0.0, 1.0, 6.0, 15.0]), 17.0
POINTS = clustered(240, seed=6) % BOX
RNG = np.random.default_rng(7)
WEIGHTS, PROFILES = RNG.random((len(POINTS), 2)), RNG.normal(size=(len(POINTS), 3))


def regions(positions, boxsize, n_side):
    places = np.floor(positions / (np.broadcast_to(boxsize, 3) / n_side)).astype(int)
    return (places[:, 0] * n_side[1] + places[:, 1]) * n_side[2] + places[:, 2]


def deleted(positions, weights, boxsize, n_side, *, edges=EDGES, pi_max=PI_MAX, axis=2):
    """n (K,) and wp (K, n_rp) of one sample, each time from the points that are left."""
    order = [*(other for other in range(3) if other != axis), axis]
    sides = np.broadcast_to(boxsize, 3)
    fraction = pair_fraction(sides[order], tuple(np.array(n_side)[order]), edges, pi_max)
    matrix = dense_pairs.rp_pi_matrix(
        positions, positions, boxsize, edges, np.array([0.0, pi_max]), axis
    )[..., 0]
    matrix = dense_pairs.without_self(matrix)
    region, n_region = regions(positions, boxsize, n_side), np.prod(n_side)
    n, wp = [], []
    for k in range(n_region):
        left = region != k
        w = weights[left]
        counts = np.einsum("i,ijb,j->b", w, matrix[left][:, left], w)
        random = (w.sum() ** 2 - np.sum(w**2)) * fraction
        n.append(w.sum() / (sides.prod() * (1 - 1 / n_region)))
        wp.append(2 * pi_max * (counts / random - 1))
    return np.array(n), np.array(wp)


@pytest.mark.parametrize(
    ("n_side", "axis", "backend"),
    [((2, 2, 2), 2, "auto"), ((3, 1, 2), 0, "reference"), ((1, 4, 1), 1, "auto")],
)
def test_leave_one_out_is_deleting_the_points(n_side, axis, backend):
    with jax.enable_x64(True):
        jackknife = Jackknife(
            POINTS, BOX, EDGES, PI_MAX, n_side=n_side, line_of_sight=axis, backend=backend
        )
        result = eqx.filter_jit(jackknife.leave_one_out)(WEIGHTS, PROFILES)
    region = regions(POINTS, BOX, n_side)
    for sample, weights in enumerate(WEIGHTS.T):
        n, wp = deleted(POINTS, weights, BOX, n_side, axis=axis)
        np.testing.assert_allclose(result.n[:, sample], n, rtol=1e-12)
        np.testing.assert_allclose(result.wp[:, sample], wp, rtol=1e-11, atol=1e-11)
        for k in range(np.prod(n_side)):
            left = region != k
            stack = weights[left] @ PROFILES[left] / weights[left].sum()
            np.testing.assert_allclose(result.delta_sigma[k, sample], stack, rtol=1e-10, atol=1e-13)


def test_separations_on_the_edges_of_bins_and_subvolumes():
    grid = 2.0 * np.stack(np.meshgrid(*[np.arange(6)] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
    edges, pi_max = np.array([2.0, 4.0, 5.0]), 4.0
    with jax.enable_x64(True):
        jackknife = Jackknife(grid, 12.0, edges, pi_max, n_side=2)
        result = jackknife.leave_one_out(np.ones(len(grid)))
    n, wp = deleted(grid, np.ones(len(grid)), 12.0, (2, 2, 2), edges=edges, pi_max=pi_max)
    np.testing.assert_allclose(result.n, n, rtol=1e-13)
    np.testing.assert_allclose(result.wp, wp, rtol=1e-12)


def test_default_precision():
    jackknife = Jackknife(POINTS, BOX, EDGES, PI_MAX, n_side=2)
    result = eqx.filter_jit(jackknife.leave_one_out)(WEIGHTS[:, 0])
    n, wp = deleted(POINTS, WEIGHTS[:, 0], BOX, (2, 2, 2))
    assert result.wp.dtype == jnp.float32
    assert result.delta_sigma is None
    np.testing.assert_allclose(result.n, n, rtol=2e-6)
    np.testing.assert_allclose(result.wp + 2 * PI_MAX, wp + 2 * PI_MAX, rtol=5e-6)


def test_covariance_of_the_stacked_vector():
    with jax.enable_x64(True):
        jackknife = Jackknife(POINTS, BOX, EDGES, PI_MAX, n_side=2)
        result = eqx.filter_jit(jackknife.leave_one_out)(WEIGHTS, PROFILES)
        covariance = eqx.filter_jit(Jackknife.covariance)(jackknife, WEIGHTS, PROFILES)
    parts = [result.n, result.wp.reshape(8, 6), result.delta_sigma.reshape(8, 6)]
    stacked = np.concatenate(parts, axis=1)
    expected = np.cov(stacked, rowvar=False) * 7**2 / 8
    scale = np.sqrt(np.outer(np.diag(expected), np.diag(expected)))
    np.testing.assert_allclose(np.asarray(covariance) / scale, expected / scale, rtol=0, atol=1e-9)


def test_gradients_against_finite_differences():
    direction = np.random.default_rng(8).normal(size=WEIGHTS.shape)
    with jax.enable_x64(True):
        jackknife = Jackknife(POINTS, BOX, EDGES, PI_MAX, n_side=(2, 2, 1))

        @jax.jit
        def statistics(weights):
            result = jackknife.leave_one_out(weights, PROFILES)
            return result.vectors, result.covariance

        weights = jnp.asarray(WEIGHTS)
        up, down = statistics(weights + 1e-6 * direction), statistics(weights - 1e-6 * direction)
        slopes = [(u - d) / 2e-6 for u, d in zip(up, down, strict=True)]
        tangents = jax.jit(lambda w: jax.jvp(statistics, (w,), (direction,))[1])(weights)
        for tangent, slope in zip(tangents, slopes, strict=True):
            size = np.abs(slope).max(axis=0)
            np.testing.assert_allclose(tangent / size, slope / size, rtol=0, atol=1e-6)
        gradient = jax.jit(jax.grad(lambda w: sum(part.sum() for part in statistics(w))))(weights)
        expected = sum(slope.sum() for slope in slopes)
        np.testing.assert_allclose(np.vdot(gradient, direction), expected, rtol=1e-6)


@pytest.mark.slow
def test_unclustered_points_scatter_as_their_jackknife_says():
    n_realisation, n_each, box = 60, 150, 60.0
    edges, pi_max = np.array([0.0, 3.0, 6.0]), 12.0
    positions = np.random.default_rng(9).random((n_realisation * n_each, 3)) * box
    member = np.repeat(np.eye(n_realisation, dtype=np.float32), n_each, axis=0)
    jackknife = Jackknife(positions, box, edges, pi_max, n_side=(3, 3, 1))
    left = np.asarray(jackknife.leave_one_out(member).wp, float)
    whole = np.asarray(stats.wp(member, jackknife.pairs.pairs), float)

    # whole and leave-one-out wp have expectation 0, and share most of their noise
    mean = left.mean(axis=0)
    for unbiased in (mean, mean - whole):
        error = unbiased.std(axis=0, ddof=1) / np.sqrt(n_realisation)
        assert (np.abs(unbiased.mean(axis=0)) < 4 * error).all()
    assert (mean - whole).std() < 0.1 * whole.std()

    jackknifed = (left.var(axis=0) * (len(left) - 1)).mean(axis=0)
    ratio = jackknifed / whole.var(axis=0, ddof=1)
    assert ((ratio > 0.8) & (ratio < 1.7)).all()


def test_samples_within_one_subvolume_or_empty_stay_finite():
    weights = np.zeros((len(POINTS), 3), np.float32)
    weights[regions(POINTS, BOX, (2, 2, 2)) == 5, 0] = 1.0
    weights[:, 2] = 1.0
    jackknife = Jackknife(POINTS, BOX, EDGES, PI_MAX, n_side=2)

    @jax.jit
    def result_and_gradient(w):
        result, transpose = jax.vjp(lambda w: jackknife.leave_one_out(w, PROFILES), w)
        return result, transpose(jax.tree.map(jnp.ones_like, result))[0]

    result, gradient = result_and_gradient(jnp.asarray(weights))
    assert np.isfinite(result.vectors).all()
    assert np.isfinite(gradient).all()
    for nothing in (result.wp[5, 0], result.wp[:, 1], result.delta_sigma[5, 0], result.n[:, 1]):
        np.testing.assert_array_equal(nothing, 0.0)
    assert (np.asarray(result.wp[:5, 0]) != 0).all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"n_side": 1}, "at least 2 subvolumes"),
        ({"line_of_sight": 3}, "axis 0, 1 or 2"),
        ({"pi_max": 40.0}, "at most half the box"),
        ({"pi_max": -1.0}, "pi_max"),
        ({"rp_edges": [1.0, 30.0]}, "half the box"),
        ({"positions": POINTS * 2}, "outside"),
    ],
)
def test_bad_setup(change, message):
    setup = {"positions": POINTS, "boxsize": BOX, "rp_edges": EDGES, "pi_max": PI_MAX}
    with pytest.raises(HalogradError, match=message):
        Jackknife(**{**setup, **change})


def test_bad_weights_and_profiles():
    jackknife = Jackknife(POINTS, BOX, EDGES, PI_MAX, n_side=2)
    with pytest.raises(HalogradError, match="weights must have shape"):
        jackknife.leave_one_out(WEIGHTS[:-1])
    with pytest.raises(HalogradError, match="profiles must have shape"):
        jackknife.covariance(WEIGHTS, PROFILES[:, 0])


ELLS, S_EDGES = (0, 2, 4), np.array([2.0, 8.0, 20.0])


def crossed_jackknife(kind, n_side, axis):
    """Made, dense pairs (n, n, *bins), and what turns DD / N into the statistic."""
    settings = {"n_side": n_side, "line_of_sight": axis}
    if kind == "wp":
        made = PairsWithoutRegions.projected(POINTS, BOX, EDGES, PI_MAX, **settings)
        matrix = dense_pairs.rp_pi_matrix(POINTS, POINTS, BOX, EDGES, [0.0, PI_MAX], axis)[..., 0]
    else:
        made = PairsWithoutRegions.multipoles(POINTS, BOX, S_EDGES, ELLS, **settings)
        matrix = multipole(S_EDGES, ELLS).matrix(POINTS, POINTS, BOX, line_of_sight=axis)
    return made, dense_pairs.without_self(matrix)


@pytest.mark.parametrize("kind", ["wp", "multipoles"])
@pytest.mark.parametrize(("n_side", "axis"), [((2, 2, 2), 2), ((3, 1, 2), 0)])
def test_crosses_of_two_samples_leave_out_the_points(kind, n_side, axis):
    first, second = [0, 0, 1], [0, 1, 0]
    with jax.enable_x64(True):
        made, matrix = crossed_jackknife(kind, n_side, axis)
        found = eqx.filter_jit(made)(jnp.asarray(WEIGHTS), first, second)
        plain = made(jnp.asarray(WEIGHTS))
        np.testing.assert_allclose(found[:, 0], plain[:, 0], rtol=1e-12)
        np.testing.assert_allclose(found[:, 1], found[:, 2], rtol=1e-9, atol=1e-12)
        region = regions(POINTS, BOX, n_side)
        for k in range(np.prod(n_side)):
            left = region != k
            for place, (a, b) in enumerate(zip(first, second, strict=True)):
                u, v = WEIGHTS[left, a], WEIGHTS[left, b]
                counts = np.einsum("i,ij...,j->...", u, matrix[left][:, left], v)
                number = jnp.asarray(u.sum() * v.sum() - np.sum(u * v))
                expected = made.random.excess(jnp.asarray(counts), number, jnp.asarray(False))
                np.testing.assert_allclose(found[k, place], expected, rtol=1e-10, atol=1e-11)


def test_multipoles_of_a_box_without_a_part_are_those_of_bins_of_mu():
    """The box without a part has directions of its own, which RR takes out again."""
    with jax.enable_x64(True):
        weights, settings = jnp.asarray(WEIGHTS), {"n_side": (2, 1, 1), "line_of_sight": 2}
        mu_edges = np.linspace(0, 1, 401)
        moments = PairsWithoutRegions.multipoles(POINTS, BOX, S_EDGES, ELLS, **settings)(weights)
        binned = PairsWithoutRegions.s_mu(POINTS, BOX, S_EDGES, mu_edges, **settings)(weights)
        binned = projected_on_legendre(binned, ELLS, mu_edges)
    scale = np.abs(binned[:, :, :1]) + 1
    # bins of mu see orders beyond 4 too, which the missing part mixes in
    apart = np.abs(moments - binned) / scale
    assert apart[:, :, 0].max() < 1e-3
    assert apart.max() < 0.05


@pytest.mark.slow
def test_uniform_points_have_no_multipoles_without_a_part():
    n_realisation, n_each = 40, 120
    points = np.random.default_rng(12).random((n_realisation * n_each, 3)) * BOX
    member = np.repeat(np.eye(n_realisation, dtype=np.float32), n_each, axis=0)
    made = PairsWithoutRegions.multipoles(points, BOX, S_EDGES, ELLS, n_side=(2, 1, 1))
    left = np.asarray(made(jnp.asarray(member))).mean(axis=0)
    error = left.std(axis=0, ddof=1) / np.sqrt(n_realisation)
    assert (np.abs(left.mean(axis=0)) < 4 * error).all()
    # where the part that is left has a direction of its own, the plain ratio would not be 0
    random = made.random.random[-1]
    assert abs(random[1] / random[0]) > 0.01
