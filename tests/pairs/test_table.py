"""Tables against brute force and against the engines they stand for."""

import json
import os
import signal
import subprocess
import sys
import textwrap
import time

import h5py
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from halograd import stats
from halograd._sealed import DamagedFileError
from halograd.errors import HalogradError
from halograd.pairs import (
    Nodes,
    PairTable,
    ProjectedCrossPairs,
    ProjectedPairs,
    RadialPairs,
    RpPiPairs,
    SMuPairs,
    backends,
    table_identity,
    tabulate,
)
from oracles.brute_force import auto_matrix
from oracles.clustered_points import BOX, clustered

N = 150
EDGES = [0.0, 1.0, 5.0, 12.0]
POINTS = clustered(N)
FAST = "native" if backends.native_available() else "reference"
KINDS = {
    "projected": (ProjectedPairs, (EDGES, 20.0), stats.wp),
    "radial": (RadialPairs, (EDGES[1:],), stats.xi),
    "rp_pi": (RpPiPairs, (EDGES, [0.0, 5.0, 20.0]), stats.xi_rp_pi),
    "s_mu": (SMuPairs, (EDGES[1:], [0.0, 0.4, 1.0]), stats.xi_s_mu),
}


def halos(seed=3):
    rng = np.random.default_rng(seed)
    return {"mass": rng.random(N), "is_satellite": rng.random(N) < 0.3}


def nodes():
    return Nodes({"mass": [0.0, 0.3, 0.8, 1.0]}, {"is_satellite": (False, True)})


def node_weights(n_sample=2, seed=5):
    return np.random.default_rng(seed).random((8, n_sample))


def projected(backend=FAST, points=POINTS):
    return ProjectedPairs(points, BOX, EDGES, 20.0, backend=backend)


@pytest.fixture(scope="module")
def table():
    return tabulate(projected(), nodes(), halos(), profiles=np.ones((N, 2)) * [2.0, 3.0])


def test_counts_are_those_of_brute_force(backend):
    with jax.enable_x64(True):
        table = tabulate(projected(backend), nodes(), halos())
    hats = nodes().hats(halos()).matrix.toarray()
    truth = np.einsum("ia,ijk,jc->ack", hats, auto_matrix(POINTS, BOX, EDGES, 20.0), hats)
    np.testing.assert_allclose(table.plan.counts.numpy(), truth, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_every_statistic_is_that_of_the_points(kind):
    """Weights that are linear between nodes are what a table describes exactly."""
    pairs_of, bins, statistic = KINDS[kind]
    pairs = pairs_of(POINTS, BOX, *bins, backend=FAST)
    table = tabulate(pairs, nodes(), halos())
    hats = nodes().hats(halos()).matrix.toarray()
    first, second = node_weights(seed=1), node_weights(seed=2)
    kwargs = {"rtol": 3e-5, "atol": 3e-5}
    np.testing.assert_allclose(table(first), pairs(hats @ first), **kwargs)
    np.testing.assert_allclose(table(first[:, 0]), pairs(hats @ first[:, 0]), **kwargs)
    np.testing.assert_allclose(
        table.cross(first, second), pairs.cross(hats @ first, hats @ second), **kwargs
    )
    np.testing.assert_allclose(
        statistic(first, table, cross_with=second),
        statistic(hats @ first, pairs, cross_with=hats @ second),
        **kwargs,
    )
    np.testing.assert_allclose(statistic(first, table), statistic(hats @ first, pairs), **kwargs)


def test_multipoles_of_a_table():
    pairs_of, bins, _ = KINDS["s_mu"]
    pairs = pairs_of(POINTS, BOX, *bins, backend=FAST)
    hats = nodes().hats(halos()).matrix.toarray()
    np.testing.assert_allclose(
        stats.multipoles(node_weights(), tabulate(pairs, nodes(), halos())),
        stats.multipoles(hats @ node_weights(), pairs),
        rtol=1e-4,
        atol=1e-4,
    )


def test_density_and_lensing(table):
    weights = node_weights()
    profiles = np.random.default_rng(0).random((N, 3))
    lensing = tabulate(projected(), nodes(), halos(), profiles=profiles)
    hats = nodes().hats(halos()).matrix.toarray()
    galaxies = lensing.galaxies(weights)
    np.testing.assert_allclose(
        stats.number_density(galaxies, 10.0), (hats @ weights).sum(axis=0) / 10.0, rtol=1e-6
    )
    np.testing.assert_allclose(
        stats.delta_sigma(galaxies, lensing.profiles),
        stats.delta_sigma(hats @ weights, profiles),
        rtol=1e-5,
    )
    np.testing.assert_allclose(table.profiles, np.ones((8, 2)) * [2.0, 3.0], rtol=1e-6)


def test_derivatives_are_those_of_a_dense_count():
    with jax.enable_x64(True):
        table = tabulate(projected(), nodes(), halos())
        hats = jnp.asarray(nodes().hats(halos()).matrix.toarray())
        matrix = jnp.asarray(auto_matrix(POINTS, BOX, EDGES, 20.0))
        at, along = jnp.asarray(node_weights()), jnp.asarray(node_weights(seed=8))

        def dense(weights):
            return jnp.einsum("is,ijk,js->sk", hats @ weights, matrix, hats @ weights)

        for mode in (jax.jacfwd, jax.jacrev):
            np.testing.assert_allclose(mode(table)(at), mode(dense)(at), rtol=1e-11, atol=1e-9)

        def bend(function):
            gradient = jax.grad(lambda weights: jnp.sum(jnp.log(function(weights))))
            return jax.jvp(gradient, (at,), (along,))[1]

        np.testing.assert_allclose(bend(table), bend(dense), rtol=1e-9, atol=1e-10)


def test_derivatives_of_wp_against_finite_differences():
    with jax.enable_x64(True):
        table = tabulate(projected(), nodes(), halos())
        at, along = jnp.asarray(node_weights()), jnp.asarray(node_weights(seed=8))

        def wp(weights):
            return stats.wp(weights, table)

        def slope(weights):
            return jax.jvp(wp, (weights,), (along,))[1]

        for function in (wp, slope):
            ahead, behind = function(at + 1e-5 * along), function(at - 1e-5 * along)
            np.testing.assert_allclose(
                jax.jvp(function, (at,), (along,))[1], (ahead - behind) / 2e-5, rtol=1e-6
            )


def test_float32_is_good_to_two_parts_in_a_million(table):
    weights = node_weights()
    with jax.enable_x64(True):
        exact = np.asarray(tabulate(projected(), nodes(), halos())(weights))
    np.testing.assert_allclose(table(jnp.asarray(weights, jnp.float32)), exact, rtol=2e-6)


def test_the_same_table_serves_both_precisions(table):
    with jax.enable_x64(True):
        counts = np.asarray(table(node_weights()))
        assert counts.dtype == np.float64
    assert table(node_weights()).dtype == np.float32
    np.testing.assert_allclose(table(node_weights()), counts, rtol=2e-6)


def test_vmap_jit_and_no_weight_at_all(table):
    many = np.stack([node_weights(seed=i) for i in range(3)]).astype(np.float32)
    np.testing.assert_allclose(
        jax.jit(jax.vmap(table))(many), [table(one) for one in many], rtol=1e-6
    )
    np.testing.assert_array_equal(stats.wp(np.zeros(8), table), 0.0)


def test_a_node_without_halos_plays_no_role():
    properties = halos()
    centrals = {**properties, "is_satellite": np.zeros(N, bool)}
    table = tabulate(projected(), nodes(), centrals)
    weights = node_weights()
    other = np.where(nodes()["is_satellite"][:, None], 7.0, weights)
    np.testing.assert_array_equal(table(weights), table(other))
    np.testing.assert_array_equal(stats.wp(weights, table), stats.wp(other, table))


def test_three_continuous_properties():
    rng = np.random.default_rng(0)
    properties = {name: rng.random(N) for name in "abc"}
    grid = Nodes({name: [0.0, 1.0] for name in "abc"})
    table = tabulate(projected(), grid, properties)
    weights = rng.random(8)
    hats = grid.hats(properties).matrix.toarray()
    np.testing.assert_allclose(table(weights), projected()(hats @ weights), rtol=1e-5)


def test_what_cannot_be_tabulated(table):
    between = ProjectedCrossPairs(POINTS, POINTS, BOX, EDGES, pi_max=20.0, backend="reference")
    with pytest.raises(HalogradError, match="pairs of one set"):
        tabulate(between, nodes(), halos())
    with pytest.raises(HalogradError, match="pairs of one set"):
        tabulate(table, nodes(), halos())
    with pytest.raises(HalogradError, match="one row per point"):
        tabulate(projected(points=POINTS[:-1]), nodes(), halos())
    with pytest.raises(HalogradError, match="GiB"):
        tabulate(projected(), Nodes({"mass": np.linspace(0, 1, 20_000)}), {"mass": np.zeros(N)})
    with pytest.raises(HalogradError, match=r"must have shape"):
        tabulate(projected(), nodes(), halos(), profiles=np.ones(N))
    with pytest.raises(HalogradError, match="one row per point"):
        table(np.ones(N))


class TestFiles:
    def test_what_is_read_is_what_was_written(self, table, tmp_path):
        table.save(tmp_path / "table.h5")
        again = PairTable.load(tmp_path / "table.h5", self.identity())
        assert type(again) is type(table)
        assert again.nodes == table.nodes
        np.testing.assert_array_equal(again(node_weights()), table(node_weights()))
        np.testing.assert_array_equal(
            stats.wp(node_weights(), again), stats.wp(node_weights(), table)
        )

    @staticmethod
    def identity(points=POINTS, grid=None, properties=None, profiles=None):
        profiles = np.ones((N, 2)) * [2.0, 3.0] if profiles is None else profiles
        return table_identity(
            projected(points=points), grid or nodes(), properties or halos(), profiles
        )

    @pytest.mark.parametrize(
        ("other", "message"),
        [
            ({"points": POINTS[::-1]}, "halos: positions"),
            ({"properties": halos(seed=4)}, "halos: properties"),
            ({"profiles": np.zeros((N, 2))}, "halos: profiles"),
            (
                {"grid": Nodes({"mass": [0.0, 0.5, 1.0]}, {"is_satellite": (False, True)})},
                "nodes: properties",
            ),
        ],
    )
    def test_a_table_of_something_else_is_refused(self, table, tmp_path, other, message):
        table.save(tmp_path / "table.h5")
        with pytest.raises(HalogradError, match=message):
            PairTable.load(tmp_path / "table.h5", self.identity(**other))

    def test_other_bins_and_another_version_are_refused(self, table, tmp_path):
        table.save(tmp_path / "table.h5")
        wider = ProjectedPairs(POINTS, BOX, [0.0, 2.0, 12.0], 20.0, backend="reference")
        with pytest.raises(HalogradError, match="bins: edges"):
            PairTable.load(
                tmp_path / "table.h5",
                table_identity(wider, nodes(), halos()) | {"halos": self.identity()["halos"]},
            )
        later = self.identity() | {"version": {"halograd": "99.0"}}
        with pytest.raises(HalogradError, match=r"99\.0 was expected"):
            PairTable.load(tmp_path / "table.h5", later)

    def test_damaged_files_are_refused(self, table, tmp_path):
        path = tmp_path / "table.h5"
        table.save(path)
        whole = path.read_bytes()
        path.write_bytes(whole[: len(whole) // 2])
        with pytest.raises(DamagedFileError, match="damaged"):
            PairTable.load(path)
        path.write_bytes(whole)
        with h5py.File(path, "r+") as file:
            file["arrays/counts"][0, 0, 0] += 1.0
        with pytest.raises(DamagedFileError, match="checksum"):
            PairTable.load(path)


class TestCheckpoints:
    def test_resumes_to_the_same_bits(self, backend, tmp_path, monkeypatch):
        whole = tabulate(projected(backend), nodes(), halos())
        portions(monkeypatch, 40 if backend == "native" else 1)
        path = tmp_path / "counts.h5"
        seen = []

        def stop(done, total):
            seen.append(done)
            if done and (backend == "reference" or done >= 80):
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            tabulate(projected(backend), nodes(), halos(), checkpoint=path, on_progress=stop)
        again = []
        resumed = tabulate(
            projected(backend),
            nodes(),
            halos(),
            checkpoint=path,
            on_progress=lambda done, total: again.append((done, total)),
        )
        assert again[0][0] == seen[-1] > 0
        assert again[-1][0] == again[-1][1]
        np.testing.assert_array_equal(resumed.plan.counts.numpy(), whole.plan.counts.numpy())

    def test_of_something_else_is_refused(self, tmp_path):
        path = tmp_path / "counts.h5"
        tabulate(projected(), nodes(), halos(), checkpoint=path)
        with pytest.raises(HalogradError, match="belongs to other halos: properties"):
            tabulate(projected(), nodes(), halos(seed=4), checkpoint=path)
        path.write_bytes(path.read_bytes()[:-100])
        with pytest.raises(DamagedFileError):
            tabulate(projected(), nodes(), halos(), checkpoint=path)

    @pytest.mark.slow
    @pytest.mark.skipif(os.name != "posix", reason="kill -9")
    def test_survives_a_kill(self, tmp_path):
        script = tmp_path / "count.py"
        script.write_text(textwrap.dedent(KILLED))
        command = [sys.executable, str(script), str(tmp_path)]
        running = subprocess.Popen(command)
        checkpoint = tmp_path / "counts.h5"
        deadline = time.monotonic() + 60
        while not checkpoint.exists() and time.monotonic() < deadline:
            time.sleep(0.02)
        running.send_signal(signal.SIGKILL)
        running.wait()
        assert not (tmp_path / "end.json").exists()
        subprocess.run([*command, "fast"], check=True)
        end = json.loads((tmp_path / "end.json").read_text())
        assert end["first"] > 0
        assert end["same"]


KILLED = """
    import json, pathlib, sys, time
    import numpy as np
    from halograd.pairs import Nodes, ProjectedPairs, _table_counts, tabulate

    folder, fast = pathlib.Path(sys.argv[1]), len(sys.argv) > 2
    rng = np.random.default_rng(0)
    pairs = ProjectedPairs(rng.random((200, 3)) * 50, 50.0, [0.1, 1.0, 9.0], 20.0,
                           backend="reference")
    args = pairs, Nodes({"mass": np.linspace(0, 1, 40)}), {"mass": rng.random(200)}
    _table_counts._INTERVAL = 0.0
    steps = []

    def slowly(done, total):
        steps.append(done)
        time.sleep(0.0 if fast or not done else 1.0)

    table = tabulate(*args, checkpoint=folder / "counts.h5", on_progress=slowly)
    whole = tabulate(*args).plan.counts.numpy()
    same = bool((table.plan.counts.numpy() == whole).all())
    (folder / "end.json").write_text(json.dumps({"first": steps[0], "same": same}))
"""


def portions(monkeypatch, steps):
    """Small portions, each saved."""
    from halograd.pairs import _native_table, _table_counts

    monkeypatch.setattr(_table_counts, "_INTERVAL", 0.0)
    monkeypatch.setattr(_table_counts, "_BLOCK", 3)
    monkeypatch.setattr(_native_table.NativeCounts, "portion", lambda *_: steps)
