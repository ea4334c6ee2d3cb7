"""`[data.xi]` and `[data.multipoles]`."""

import numpy as np
import pytest

from halograd import ConfigError

XI = """
[data.xi]
samples = [[10.4, inf]]
edges = {low = 0.5, high = 8.0, n = 4}
"""
MULTIPOLES = """
[data.multipoles]
samples = [[10.4, inf], [10.8, inf]]
edges = [1.0, 3.0, 9.0]
"""
TABLE = "# s a0 a2 b0 b2\n2.0 5 -1 8 -2\n5.0 1 -0.5 2 -0.7\n"
MEASURED = """
[data.multipoles]
file = "xi.txt"
separation = 0
separation_unit = "Mpc/h"
samples = [[10.0, inf], [10.5, inf]]
values = [1, 2, 3, 4]
covariance = "c.txt"
log_mstar_shift = 0.0
"""


def test_layouts_without_measurements(parse):
    found = parse(data=XI + MULTIPOLES).data.observables()
    assert [s.name for s in found.statistics] == ["xi", "multipoles"]
    np.testing.assert_allclose(found["xi"].xi_edges, np.geomspace(0.5, 8.0, 5))
    assert found["multipoles"].ells == (0, 2)
    assert found["multipoles"].lines_of_sight == (2,)
    options = "ells = [0, 2, 4]\nn_mu = 30\nlines_of_sight = [0, 1, 2]\n"
    chosen = parse(data=MULTIPOLES + options).data.observables()["multipoles"]
    assert chosen.shape == (2, 3, 2)
    assert (chosen.n_mu, chosen.lines_of_sight) == (30, (0, 1, 2))


@pytest.fixture
def measured(parse, table):
    table(TABLE, "xi.txt")
    errors = np.repeat([0.1, 0.2, 0.3, 0.4], 2)
    table("\n".join(" ".join(map(str, row)) for row in np.diag(errors**2)), "c.txt")
    return lambda text=MEASURED: parse(data=text)


def test_measured_multipoles_stand_sample_by_sample(measured):
    data = measured().data.measured()
    np.testing.assert_allclose(data.values, [5, 1, -1, -0.5, 8, 2, -2, -0.7])
    np.testing.assert_allclose(data.parts.multipoles[1, 0], [8.0, 2.0])
    np.testing.assert_allclose(data.errors, np.repeat([0.1, 0.2, 0.3, 0.4], 2))


def test_a_range_cuts_every_multipole(measured):
    data = measured(MEASURED + "range = [3.0, 9.0]\n").data.measured()
    np.testing.assert_allclose(data.values, [1, -0.5, 2, -0.7])
    np.testing.assert_allclose(data.errors, [0.1, 0.2, 0.3, 0.4])


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("values = [1, 2, 3, 4]", "values = [1, 3]", r"4 columns, one for each of the multipoles"),
        ("log_mstar_shift", "ells = [0, 2.5]\nlog_mstar_shift", "ells must be a list of whole"),
        ("log_mstar_shift", 'unit = "Mpc/h"\nlog_mstar_shift', "unit must be one of 1"),
        ("log_mstar_shift", "pi_max = 40.0\nlog_mstar_shift", "no key 'pi_max'"),
        ("log_mstar_shift", 'published = "x"\nlog_mstar_shift', "no published measurements of"),
    ],
)
def test_bad_tables(measured, old, new, message):
    with pytest.raises(ConfigError, match=message):
        measured(MEASURED.replace(old, new))


WP = """
[data.wp]
samples = [[10.4, inf]]
edges = [1.0, 3.0, 9.0]
pi_max = 20.0
"""


def test_wp_in_redshift_space(parse):
    assert parse(data=WP).data.observables()["wp"].redshift_space is False
    options = "redshift_space = true\nlines_of_sight = [0, 1, 2]\n"
    chosen = parse(data=WP + options).data.observables()["wp"]
    assert (chosen.redshift_space, chosen.lines_of_sight) == (True, (0, 1, 2))
    published = '[data.wp]\npublished = "hearin2014"\nh = 0.7\nredshift_space = true\n'
    measured = parse(data=published).data.observables()["wp"]
    assert measured.redshift_space
    assert measured.pi_max > 0
    with pytest.raises(ConfigError, match=r"redshift_space must be true or false, got 'yes'"):
        parse(data=WP + 'redshift_space = "yes"\n')


def test_odd_multipoles(parse):
    with pytest.raises(ConfigError, match=r"\[data.multipoles\] ells must be even whole numbers"):
        parse(data=MULTIPOLES + "ells = [1]\n")


def test_subsets_of_a_forecast(parse):
    subsets = "[forecast.subsets.large]\nmultipoles = [3.0, 9.0]\n"
    config = parse(data=XI + MULTIPOLES, forecast=subsets)
    (subset,) = config.forecast.chosen(config.data.observables())
    assert subset.ranges == {"multipoles": (3.0, 9.0)}
    unions = parse(data=XI + MULTIPOLES).forecast.chosen(config.data.observables())
    assert [union.name for union in unions] == ["ξ", "ξ + ξ_ℓ"]
