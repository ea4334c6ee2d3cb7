import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import integrate, stats

from halograd.errors import HalogradError
from halograd.models import Normal, Parameter, ParameterSpace, Uniform

BOUNDS = [(0.0, 2.0), (0.5, np.inf), (-np.inf, 1.5), (-np.inf, np.inf), (3.0, 5.0)]
NORMAL = Normal(1.0, 0.4)


def truncated(prior, low, high):
    limits = [(bound - prior.mean) / prior.sd for bound in (low, high)]
    return stats.truncnorm(*limits, loc=prior.mean, scale=prior.sd)


def one(low, high, prior, value):
    return ParameterSpace([Parameter("a", value, low, high, prior=prior)])


@pytest.mark.parametrize(("low", "high"), BOUNDS)
def test_normal_density_is_that_of_scipy(low, high):
    reference = truncated(NORMAL, low, high)
    values = reference.ppf([1e-6, 0.1, 0.5, 0.9, 1 - 1e-6])
    with jax.enable_x64(True):
        mine = NORMAL.log_density(jnp.asarray(values), low, high)
    np.testing.assert_allclose(mine, reference.logpdf(values), rtol=1e-9)
    np.testing.assert_allclose(NORMAL.quantile([0.1, 0.9], low, high), reference.ppf([0.1, 0.9]))


def test_uniform_density():
    assert float(Uniform().log_density(0.3, 0.0, 2.0)) == pytest.approx(-np.log(2.0))
    assert float(Uniform().log_density(9.0, 0.0, np.inf)) == 0.0
    assert Uniform().is_proper(0.0, 2.0)
    assert not Uniform().is_proper(0.0, np.inf)


PROPER = [(NORMAL, limits) for limits in BOUNDS] + [(Uniform(), BOUNDS[0]), (Uniform(), BOUNDS[4])]


@pytest.mark.parametrize(("prior", "limits"), PROPER)
def test_density_in_unbounded_coordinates_integrates_to_one(prior, limits):
    low, high = limits
    with jax.enable_x64(True):
        space = one(low, high, prior, float(truncated(NORMAL, low, high).median()))
        density = jax.jit(lambda u: jnp.exp(space.log_prior(u[None])))
        total, _ = integrate.quad(lambda u: float(density(u)), -40, 40, limit=300, points=[0.0])
    assert total == pytest.approx(1.0, abs=1e-7)


@pytest.mark.parametrize(("low", "high"), BOUNDS)
def test_log_prior_has_the_right_gradient(low, high):
    with jax.enable_x64(True):
        space = one(low, high, NORMAL, float(truncated(NORMAL, low, high).median()))
        at = jax.jit(jax.vmap(jax.value_and_grad(space.log_prior)))
        u, step = np.array([[-30.0], [-2.0], [0.1], [3.0], [30.0]]), 1e-5
        slope = (at(u + step)[0] - at(u - step)[0]) / (2 * step)
        np.testing.assert_allclose(at(u)[1][:, 0], slope, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("u", [-1e3, 1e3])
def test_far_out_the_density_falls_and_points_back(u):
    space = one(0.0, 2.0, Uniform(), 1.0)
    value, slope = jax.value_and_grad(space.log_prior)(jnp.array([u]))
    assert np.isfinite(value)
    assert float(value) < -1e2
    assert np.sign(float(slope[0])) == -np.sign(u)


def test_draws_are_distributed_as_the_prior():
    space = ParameterSpace(
        [
            Parameter("a", 0.3, 0.0, 2.0, prior=Normal(0.2, 0.5)),
            Parameter("b", 7.0, free=False),
            Parameter("c", 0.0, -1.0, 3.0),
            Parameter("d", 1.0, tied="c", offset=1.0),
        ]
    )
    drawn = space.draw(0, 4000)
    assert {name: values.shape for name, values in drawn.items()} == dict.fromkeys("abcd", (4000,))
    assert stats.kstest(drawn["a"], truncated(Normal(0.2, 0.5), 0.0, 2.0).cdf).pvalue > 1e-3
    assert stats.kstest(drawn["c"], stats.uniform(-1.0, 4.0).cdf).pvalue > 1e-3
    assert abs(np.corrcoef(drawn["a"], drawn["c"])[0, 1]) < 0.06
    assert (drawn["b"] == 7.0).all()
    np.testing.assert_array_equal(drawn["d"], drawn["c"] + 1.0)
    np.testing.assert_array_equal(space.draw(0, 4000)["a"], drawn["a"])
    np.testing.assert_allclose(space.from_unit_cube([[0.5, 0.25]])["c"], [0.0])


def test_draws_change_into_unbounded_coordinates():
    """The density in u is that of draws pushed through the transform."""
    space = one(0.0, 2.0, Normal(0.2, 0.5), 0.3)
    u = np.array([float(space.to_unbounded({"a": a})[0]) for a in space.draw(1, 500)["a"]])
    grid = np.linspace(-12, 12, 4001)
    density = np.exp(np.asarray(jax.vmap(space.log_prior)(jnp.asarray(grid)[:, None])))
    share = integrate.cumulative_trapezoid(density, grid, initial=0)
    assert stats.kstest(u, lambda x: np.interp(x, grid, share)).pvalue > 1e-3


@pytest.mark.parametrize(
    ("parameter", "message"),
    [
        (Parameter("a", 1.0, prior=Normal(0.0, 0.0)), "sd above 0, got mean = 0, sd = 0"),
        (Parameter("a", 1.0, prior=Normal(np.nan, 1.0)), "finite mean"),
        (Parameter("a", 1.0, 0.0, 2.0, prior=Normal(50.0, 1.0)), "nothing within the bounds"),
    ],
)
def test_bad_priors(parameter, message):
    with pytest.raises(HalogradError, match=message):
        ParameterSpace([parameter])


def test_a_start_far_from_its_prior_is_refused():
    space = ParameterSpace([Parameter("a", 9.0, prior=Normal(1.0, 0.1))])
    with pytest.raises(HalogradError, match=r"normal 1 ± 0\.1, excludes its start 9: begin within"):
        space.check_start({})
    space.check_start({"a": 1.5})
    space.replace(a={"free": False}).check_start({})


def test_improper_priors_are_refused_for_sampling():
    space = ParameterSpace([Parameter("a", 1.0, 0.0), Parameter("b", 1.0, prior=Normal(1.0, 2.0))])
    with pytest.raises(HalogradError, match="prior of a has an infinite bound"):
        space.check_proper()
    with pytest.raises(HalogradError, match="prior of a has an infinite bound"):
        space.draw(0, 3)
    space.replace(a={"high": 2.0}).check_proper()


def test_unit_cube_of_another_size():
    with pytest.raises(HalogradError, match=r"fractions must be \(n, 1\)"):
        one(0.0, 2.0, Uniform(), 1.0).from_unit_cube([[0.1, 0.2]])
