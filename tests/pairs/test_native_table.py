"""Pair counts between nodes by the compiled engine."""

import os
import subprocess
import sys
from pathlib import Path

import jax
import numpy as np
import pytest

from halograd.errors import HalogradError
from halograd.pairs import backends
from halograd.pairs._native_table import NativeTable
from oracles import brute_force
from oracles.clustered_points import BOX, clustered
from oracles.pair_cases import BINNINGS, SPACES, projected, radial, rp_pi, s_mu

pytestmark = pytest.mark.skipif(
    not backends.native_available(), reason="the compiled pair engine is not installed"
)

N, N_NODE = 300, 9
POINTS = clustered(N) % BOX
ISAS = {"avx2": {"avx2", "fma"}, "avx512": {"avx512f", "avx512dq", "avx512vl", "avx512bw"}}


def spread(m, n=N, n_node=N_NODE, seed=7):
    """Any nodes, some twice for a point, and any coefficients."""
    rng = np.random.default_rng(seed)
    return rng.integers(0, n_node, (n, m)), rng.random((n, m)) * 10 ** rng.uniform(-4, 1, (n, 1))


def matrix_of(nodes, coefficients, n_node=N_NODE):
    matrix = np.zeros((len(nodes), n_node))
    np.add.at(matrix, (np.arange(len(nodes))[:, None], nodes), coefficients)
    return matrix


def pairs_of(bins, points=POINTS, boxsize=BOX, periodic=True):
    return bins.auto(points, boxsize, **bins.arguments, periodic=periodic, backend="native")


def native(pairs, nodes, coefficients, n_node=N_NODE, *, threads=None, portions=((0, None),)):
    table = NativeTable(pairs.plan.plan, nodes, coefficients, n_node, threads)
    half = np.zeros(table.shape)
    for begin, end in portions:
        table.add(begin, table.n_points if end is None else end, half)
    return table.whole(half)


def expected(bins, nodes, coefficients, points=POINTS, boxsize=BOX, periodic=True):
    found = bins.matrix(points, points, boxsize, periodic)
    found = brute_force.without_self(found).reshape(len(points), len(points), -1)
    hats = matrix_of(nodes, coefficients)
    return np.einsum("ijk,ia,jc->kac", found, hats, hats, optimize=True)


def assert_close(found, wanted):
    """Entry by entry, and exactly 0 where there is no pair."""
    np.testing.assert_allclose(found, wanted, rtol=1e-12, atol=0)
    assert np.count_nonzero(wanted) > wanted.size // 10


@pytest.mark.parametrize("m", [1, 2, 4])
@pytest.mark.parametrize("space", SPACES)
@pytest.mark.parametrize("name", BINNINGS)
def test_every_entry_is_that_of_brute_force(name, space, m):
    bins, (boxsize, periodic, origin) = BINNINGS[name], SPACES[space]
    points = POINTS + origin
    nodes, coefficients = spread(m)
    found = native(pairs_of(bins, points, boxsize, periodic), nodes, coefficients)
    assert_close(found, expected(bins, nodes, coefficients, points, boxsize, periodic))


@pytest.mark.parametrize("periodic", [True, (True, True, False)])
def test_pairs_at_any_depth(periodic):
    edges = [0.0, 3.0, 20.0]
    bins = projected(edges, np.inf)._replace(arguments={"rp_edges": edges, "pi_max": None})
    nodes, coefficients = spread(2)
    found = native(pairs_of(bins, periodic=periodic), nodes, coefficients)
    assert_close(found, expected(bins, nodes, coefficients, periodic=periodic))


EDGES = {
    "projected": projected([0.1, 0.5, 1.3, 2.5, 5.0], 4.0),
    "rp_pi": rp_pi([0.1, 0.5, 1.3, 2.5, 5.0], [0.0, 0.3, 0.5, 4.0]),
    "radial": radial([0.1, 0.5, 1.3, 2.5, 5.0]),
    "s_mu": s_mu([0.1, 0.5, 1.3, 2.5, 5.0], [0.0, 0.6, 0.8, 1.0]),
}


@pytest.mark.parametrize("spacing", [0.1, 0.5])
@pytest.mark.parametrize("name", EDGES)
def test_separations_on_edges_count_as_in_float64(name, spacing):
    rng = np.random.default_rng(5)
    points = rng.integers(0, round(12 / spacing), (N, 3)) * spacing
    nodes, coefficients = spread(2)
    found = native(pairs_of(EDGES[name], points, 12.0), nodes, coefficients)
    assert_close(found, expected(EDGES[name], nodes, coefficients, points, 12.0))


def test_small_and_half_reaching_boxes():
    """Bins as wide as allowed: neighbours in the same column through every face."""
    points = np.random.default_rng(2).choice([0.0, 1e-3, 3.0, 5.999, 6.0, 11.999], (N, 3))
    nodes, coefficients = spread(2)
    for bins in (projected([0.0, 1e-2, 6.0], 6.0), radial([0.0, 3.0, 6.0])):
        found = native(pairs_of(bins, points, 12.0), nodes, coefficients)
        assert_close(found, expected(bins, nodes, coefficients, points, 12.0))


def test_weights_linear_between_nodes_count_as_the_engine_does():
    """sum_ac T_ac w_a w_c = DD of the weights sum_a h_ia w_a."""
    rng = np.random.default_rng(3)
    n, knots = 5000, np.linspace(0, 1, 12)
    points, mass = clustered(n) % BOX, rng.random(n)
    below = np.minimum((mass * 11).astype(int), 10)
    above = mass * 11 - below
    nodes, coefficients = np.stack([below, below + 1], 1), np.stack([1 - above, above], 1)
    pairs = pairs_of(BINNINGS["projected"], points)
    table = native(pairs, nodes, coefficients, 12)
    at_nodes = 0.3 + knots**2
    with jax.enable_x64(True):
        counts = pairs(np.interp(mass, knots, at_nodes))
    np.testing.assert_allclose(at_nodes @ table @ at_nodes, counts, rtol=1e-12)


PORTIONS = {
    "one by one": [(i, i + 1) for i in range(N)],
    "uneven": [(0, 1), (1, 130), (130, 130), (130, N)],
}


@pytest.mark.parametrize("threads", [1, 2, 7])
@pytest.mark.parametrize("portions", PORTIONS)
@pytest.mark.parametrize("name", ["projected", "s_mu"])
def test_bits_depend_on_neither_threads_nor_portions(name, portions, threads):
    pairs, points = pairs_of(BINNINGS[name]), spread(2)
    at_once = native(pairs, *points)
    found = native(pairs, *points, threads=threads, portions=PORTIONS[portions])
    assert np.count_nonzero(at_once) > 0
    assert found.tobytes() == at_once.tobytes()


def test_more_points_than_are_kept_at_a_time():
    points = clustered(3000) % BOX
    pairs, nodes = pairs_of(BINNINGS["projected"], points), spread(2, 3000)
    at_once = native(pairs, *nodes, threads=1)
    assert native(pairs, *nodes, threads=2).tobytes() == at_once.tobytes()
    counts = np.asarray(pairs(np.ones(len(points), np.float32)))
    ones = NativeTable(pairs.plan.plan, np.zeros((3000, 1), int), np.ones((3000, 1)), 1)
    half = np.zeros(ones.shape)
    ones.add(0, 3000, half)
    np.testing.assert_array_equal(ones.whole(half)[:, 0, 0], counts)


@pytest.mark.parametrize("n", [0, 1])
@pytest.mark.parametrize("name", BINNINGS)
def test_no_point_and_one_point_have_no_pairs(name, n):
    pairs = pairs_of(BINNINGS[name], POINTS[:n])
    table = native(pairs, *spread(2, n))
    assert table.shape == (pairs.geometry.n_bin, N_NODE, N_NODE)
    assert not table.any()


def test_all_points_in_one_node():
    table = native(pairs_of(BINNINGS["radial"]), np.full((N, 2), 4), np.full((N, 2), 0.5))
    counts = pairs_of(BINNINGS["radial"])(np.ones(N, np.float32))
    np.testing.assert_array_equal(table[:, 4, 4], counts)
    table[:, 4, 4] = 0
    assert not table.any()


@pytest.mark.parametrize(
    ("nodes", "coefficients", "n_node", "message"),
    [
        (np.zeros((N, 3), int), np.ones((N, 3)), 9, "over .1, 2, 4. nodes, got 3"),
        (np.zeros((N, 2), int), np.ones((N, 1)), 9, "must both be"),
        (np.zeros((5, 2), int), np.ones((5, 2)), 9, "must both be"),
        (np.full((N, 1), 9), np.ones((N, 1)), 9, r"within \[0, 9\)"),
        (np.full((N, 1), -1), np.ones((N, 1)), 9, r"within \[0, 9\)"),
        (np.zeros((N, 1), int), np.full((N, 1), np.nan), 9, "finite"),
        (np.zeros((0, 1), int), np.ones((0, 1)), 0, "must both be"),
    ],
)
def test_spreads_that_make_no_sense_are_refused(nodes, coefficients, n_node, message):
    plan = pairs_of(BINNINGS["projected"]).plan.plan
    with pytest.raises(HalogradError, match=message):
        NativeTable(plan, nodes, coefficients, n_node)


@pytest.mark.parametrize("span", [(-1, 5), (5, 4), (0, N + 1)])
def test_points_beyond_the_set_are_refused(span):
    table = NativeTable(pairs_of(BINNINGS["projected"]).plan.plan, *spread(1), N_NODE)
    with pytest.raises(HalogradError, match="points"):
        table.add(*span, np.zeros(table.shape))


@pytest.mark.parametrize("change", [lambda x: x[:1], lambda x: x.T, lambda x: x.astype("f4")])
def test_arrays_that_cannot_be_filled_are_refused(change):
    table = NativeTable(pairs_of(BINNINGS["projected"]).plan.plan, *spread(1), N_NODE)
    with pytest.raises(HalogradError, match="float64 array of shape"):
        table.add(0, N, change(np.zeros(table.shape)))


# In processes of their own, which choose another instruction set.


def by_name():
    return {
        f"{name} {m}": native(pairs_of(BINNINGS[name]), *spread(m))
        for name in BINNINGS
        for m in (1, 2, 4)
    }


def in_new_process(path, isa):
    subprocess.run(
        [sys.executable, __file__, str(path)],
        env={
            **os.environ,
            "PYTHONPATH": str(Path(__file__).parents[1]),
            "HALOGRAD_ISA": isa,
        },
        check=True,
    )
    with np.load(path) as found:
        return dict(found)


def processor_has(isa):
    information = Path("/proc/cpuinfo")
    flags = information.read_text().split() if information.exists() else []
    return ISAS[isa] <= set(flags)


@pytest.mark.parametrize(
    "isa", ["baseline", *(pytest.param(isa, marks=pytest.mark.slow) for isa in ISAS)]
)
def test_every_instruction_set_agrees(isa, tmp_path):
    if isa in ISAS and not processor_has(isa):
        pytest.skip(f"this processor lacks {isa}")
    found = in_new_process(tmp_path / "found.npz", isa)
    assert found.pop("instruction_set") == isa
    for name, table in by_name().items():
        np.testing.assert_allclose(found[name], table, rtol=1e-12, atol=0, err_msg=name)


if __name__ == "__main__":
    from halograd.pairs._native_library import instruction_set

    np.savez(sys.argv[1], instruction_set=instruction_set(), **by_name())
