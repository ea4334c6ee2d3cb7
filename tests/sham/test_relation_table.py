import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.interpolate import PchipInterpolator

from halograd.errors import HalogradError
from halograd.sham.relation_table import RelationTable


def curve(log_m):
    return 10.5 + 0.9 * np.tanh(log_m - 12) + 0.2 * (log_m - 12)


def uneven(n=400):
    return np.sort(np.random.default_rng(0).uniform(9.0, 16.0, n))


def test_follows_the_nodes_and_their_interpolant():
    with jax.enable_x64(True):
        nodes, log_m = uneven(), np.linspace(9.1, 15.9, 777)
        slope = 0.9 / np.cosh(nodes - 12) ** 2 + 0.2
        table = RelationTable.from_nodes(nodes, curve(nodes), slope)
        np.testing.assert_allclose(table(log_m), curve(log_m), atol=2e-6)
        free = RelationTable.from_nodes(nodes, curve(nodes))
        want = PchipInterpolator(nodes, curve(nodes))(log_m)
        np.testing.assert_allclose(free(log_m), want, atol=3e-4)
        np.testing.assert_allclose(table(table.log_m), table.log_mstar, atol=1e-12)
        slopes = jax.vmap(jax.grad(table.mean_log_mstar))(table.log_m[1:-1] + 1e-9)
        np.testing.assert_allclose(slopes, table.slope[1:-1], rtol=1e-5)


@pytest.mark.parametrize("x64", [False, True])
def test_lines_beyond_the_ends_increase(x64):
    with jax.enable_x64(x64):
        nodes = np.array([10.0, 11.0, 12.0, 13.0])
        table = RelationTable.from_nodes(nodes, [9.0, 10.0, 10.5, 10.6], [1.0, 0.7, 0.3, 0.0])
        log_m = np.array([-5.0, 0.0, 9.0, 10.0, 13.0, 14.0, 20.0, 40.0])
        mu = np.asarray(table(log_m))
        assert (np.diff(mu) > 0).all()
        np.testing.assert_allclose(mu[:3], 9.0 + log_m[:3] - 10, rtol=1e-5)
        slope = jax.vmap(jax.grad(table.mean_log_mstar))(jnp.asarray(log_m))
        assert (slope > 0).all()
        inside = np.asarray(table(np.linspace(9.0, 14.0, 3000)))
        assert (np.diff(inside) > (0 if x64 else -2e-6)).all()


@pytest.mark.slow
def test_derivatives_in_the_columns_and_the_mass():
    """Moving nodes included: the table then spans other masses."""
    with jax.enable_x64(True):
        nodes, log_m = np.linspace(9.0, 16.0, 60), jnp.linspace(8.0, 17.0, 37)

        def mu(theta):
            x = nodes + theta[0]
            y = curve(nodes) * theta[1] + theta[2] * np.sin(nodes) / 20
            return RelationTable.from_nodes(x, y)(log_m + theta[3])

        theta = jnp.array([0.01, 1.1, 0.3, 0.002])
        forward, step = jax.jit(jax.jacfwd(mu))(theta), 1e-6
        reverse = jax.jit(jax.jacrev(mu))(theta)
        np.testing.assert_allclose(reverse, forward, atol=1e-10)
        for i, e in enumerate(np.eye(4) * step):
            numeric = (mu(theta + e) - mu(theta - e)) / (2 * step)
            np.testing.assert_allclose(forward[:, i], numeric, atol=2e-6)


@pytest.mark.slow
def test_a_batch_of_tables():
    nodes = np.linspace(9.0, 16.0, 60)

    def mu(shift):
        return RelationTable.from_nodes(nodes, curve(nodes) + shift)(jnp.array([11.0, 13.0]))

    batch = jax.vmap(mu)(jnp.array([0.0, 0.5]))
    np.testing.assert_allclose(batch[1] - batch[0], 0.5, atol=1e-5)


def test_odd_masses():
    table = RelationTable.from_nodes([10.0, 11.0, 12.0], [9.0, 10.0, 10.5])
    assert table(np.zeros(0)).shape == (0,)
    assert table(11.0).shape == ()
    assert np.isnan(table(np.nan))
    assert table(np.zeros((2, 3))).shape == (2, 3)


def test_unusable_nodes():
    with pytest.raises(HalogradError, match="log_mstar of RelationTable must increase, but row 2"):
        RelationTable.from_nodes([10.0, 11.0, 12.0], [9.0, 10.0, 10.0])
    with pytest.raises(HalogradError, match="log_m of RelationTable must increase strictly"):
        RelationTable.from_nodes([10.0, 10.0, 12.0], [9.0, 10.0, 11.0])
    with pytest.raises(HalogradError, match="n_node must be 2 or more"):
        RelationTable.from_nodes([10.0, 11.0], [9.0, 10.0], n_node=1)
