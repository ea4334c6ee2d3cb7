import jax
import jax.numpy as jnp
import numpy as np
import pytest

from halograd.errors import HalogradError
from halograd.inference import Chains, sample
from oracles.densities import BEND, COVARIANCE, MEAN, banana, funnel, gaussian, two_modes


@pytest.fixture(scope="module")
def normal_chains() -> Chains:
    return sample(gaussian, start=MEAN + 0.5, target_ess=1500, seed=1)


def test_moments_of_a_normal_density(normal_chains):
    flat = normal_chains.u.reshape(-1, 3)
    error = np.sqrt(np.diag(COVARIANCE) / 1500)
    assert np.abs((flat.mean(axis=0) - MEAN) / error).max() < 4.5
    np.testing.assert_allclose(np.cov(flat.T), COVARIANCE, atol=0.15 * 4)
    assert abs(np.corrcoef(flat.T)[0, 1] - 0.9) < 0.02
    assert normal_chains.converged
    assert normal_chains.n_divergent == 0


def test_it_stops_as_soon_as_the_target_is_met(normal_chains):
    found = normal_chains.convergence
    assert found.least_ess > 1500
    assert found.worst_r_hat < 1.01
    assert normal_chains.n_draw < 2000
    assert normal_chains.n_draw % 50 == 0


def test_what_is_told_of_each_draw_is_consistent(normal_chains):
    c = normal_chains
    value = jax.vmap(jax.vmap(gaussian))(jnp.asarray(c.u))
    np.testing.assert_allclose(c.log_density, value, rtol=1e-3, atol=1e-3)
    assert (c.energy >= -c.log_density - 1e-3).all()
    assert ((c.evaluations >= 1) & (c.evaluations < 2.0 ** (c.tree_depth + 1))).all()
    assert 0.6 < c.acceptance.mean() < 0.98
    assert np.ptp(c.step_size) == 0
    assert c.total_evaluations == c.warmup_evaluations + c.evaluations.sum()
    assert c.names == ("u0", "u1", "u2")
    np.testing.assert_array_equal(c.theta["u1"], c.u[..., 1])
    assert (c.bfmi > 0.5).all()


@pytest.mark.slow
def test_moments_of_a_bent_density():
    chains = sample(banana, start=np.zeros(2), target_ess=2500, n_draw=6000)
    flat = chains.u.reshape(-1, 2).astype(float)
    assert chains.converged
    np.testing.assert_allclose(flat.mean(axis=0), [0, BEND], atol=0.1)
    np.testing.assert_allclose(flat.var(axis=0), [1, 2 * BEND**2 + 0.25], rtol=0.15)


@pytest.mark.slow
def test_a_funnel_diverges():
    chains = sample(funnel, start=np.zeros(6), n_draw=300, target_ess=np.inf)
    assert chains.n_divergent > 0


@pytest.mark.slow
def test_separate_modes_are_seen():
    """The chains begin on both sides and cannot cross."""
    chains = sample(
        two_modes, start=np.zeros(2), precondition=np.eye(2) / 60, n_draw=150, target_ess=100
    )
    assert len(np.unique(np.sign(chains.u[:, 0, 0]))) == 2
    assert not chains.converged
    assert chains.convergence.worst_r_hat > 1.5


def test_the_seed_decides_every_bit():
    options = {"start": MEAN, "n_draw": 50, "n_warmup": 40, "target_ess": np.inf}
    one, same, other = (sample(gaussian, seed=seed, **options) for seed in (3, 3, 4))
    assert one.u.tobytes() == same.u.tobytes()
    assert one.u.tobytes() != other.u.tobytes()


@pytest.mark.slow
def test_it_samples_in_the_precision_of_the_caller():
    with jax.enable_x64(True):
        chains = sample(gaussian, start=MEAN, n_draw=10, n_warmup=20)
    assert chains.u.dtype == np.float64
    assert len(np.unique(chains.u)) > 20
    assert (chains.u.astype(np.float32) != chains.u).any()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"n_chain": 1}, "n_chain must be a whole number, 2 or more"),
        ({"n_warmup": 3}, "n_warmup must be a whole number, 20 or more"),
        ({"target_acceptance": 1.0}, "below 1"),
        ({"target_ess": 0}, "target_ess must be a number above 0"),
        ({"start": None}, "needs a start"),
        ({"start": np.zeros((2, 2))}, r"the start must have shape \(n\)"),
        ({"start": [np.nan, 0, 0]}, "the start must be finite"),
        ({"precondition": np.eye(2)}, r"precondition must have shape \(3, 3\)"),
    ],
)
def test_bad_settings_are_refused(changes, message):
    with pytest.raises(HalogradError, match=message):
        sample(gaussian, **({"start": MEAN} | changes))


def test_a_start_without_density_is_refused():
    with pytest.raises(HalogradError, match="at the start"):
        sample(lambda u: jnp.where(u[0] > 0, -u[0], -jnp.inf), start=[-1.0], precondition=np.eye(1))


@pytest.mark.slow
def test_a_posterior_is_sampled_by_name(posterior, data, truth):
    chains = sample(posterior, start=truth, n_draw=50, target_ess=np.inf)
    assert chains.names == ("log_m_crit", "log_ratio_crit", "scatter_high")
    assert set(chains.theta) == set(chains.names)
    for p in posterior.space.free:
        assert ((chains.theta[p.name] > p.low) & (chains.theta[p.name] < p.high)).all()
    for name in ("log_m_crit", "log_ratio_crit"):
        draws = chains.theta[name]
        assert abs(draws.mean() - truth[name]) < 4 * draws.std()
