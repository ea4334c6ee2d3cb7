import numpy as np
import pytest

from halograd import DataError
from halograd.observations import relations
from halograd.observations.relations import leauthaud2012_log_mass as log_mass_at

NAMES = ("behroozi2013", "behroozi2019", "leauthaud2012", "moster2018")


def in_msun(relation, log_mass):
    """log10 M* at halo masses in Msun of the paper."""
    return relation.log_mstar(np.asarray(log_mass) + np.log10(relation.h))


def test_names():
    assert relations.names() == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_rises_within_its_range_and_is_nan_beyond(name):
    relation = relations.load(name)
    low, high = relation.log_mass_range
    inside = relation.log_mstar(np.linspace(low, high, 200))
    assert (np.diff(inside) > 0).all()
    assert np.isnan(relation.log_mstar([low - 0.01, high + 0.01])).all()
    assert relation.log_mstar([[low, high]]).shape == (1, 2)
    assert f"(arXiv:{relation.arxiv})" in relation.citation


def test_behroozi2013_is_epsilon_at_the_characteristic_mass():
    relation = relations.load("behroozi2013")
    assert in_msun(relation, 11.514) == pytest.approx(11.514 - 1.777)
    # Far below it, a power law of index -alpha over one plus itself.
    x = 10.55 - 11.514
    slope = np.diff(in_msun(relation, [10.55, 10.551]))[0] / 0.001
    assert slope == pytest.approx(1.412 / (1 + 10 ** (1.412 * x)), abs=0.01)


def test_behroozi2019_against_the_released_parameters():
    # The data release (DR1) has the same fit with more digits than Table J1: this is the whole
    # relation once more, from those.
    m1, epsilon, alpha, beta = 12.03538, -1.434595, 1.963342, 0.481788
    delta, gamma = 0.410851, 10**-1.034197
    log_mass = np.linspace(10.6, 14.4, 77)
    x = log_mass - m1
    released = m1 + epsilon - np.log10(10 ** (-alpha * x) + 10 ** (-beta * x))
    released += gamma * np.exp(-((x / delta) ** 2) / 2)
    found = in_msun(relations.load("behroozi2019"), log_mass)
    np.testing.assert_allclose(found, released, atol=1.5e-3)


def test_moster2018_has_the_tabulated_efficiency():
    relation = relations.load("moster2018")
    assert in_msun(relation, 11.78) == pytest.approx(11.78 + np.log10(0.156 * 0.15))
    # The efficiency M*/M is largest where (M/M1)^(beta + gamma) = beta/gamma.
    peak = 11.78 + np.log10(1.78 / 0.57) / (1.78 + 0.57)
    ratio = in_msun(relation, peak + np.array([-0.02, 0.0, 0.02])) - [
        peak - 0.02,
        peak,
        peak + 0.02,
    ]
    assert ratio.argmax() == 1


def test_leauthaud2012_is_the_inverse_of_its_equation():
    relation = relations.load("leauthaud2012")
    log_mstar = np.linspace(8.85, 11.4, 400) + 3e-4  # between the nodes of the table
    np.testing.assert_allclose(in_msun(relation, log_mass_at(log_mstar)), log_mstar, atol=1e-6)


def test_leauthaud2012_has_the_pivot_of_the_paper():
    # Abstract: at z = 0.37 M/M* is least at M* = 3.55 +- 0.17 1e10 Msun, where it is about 27.
    log_mstar = np.linspace(9.5, 11.3, 1801)
    ratio = log_mass_at(log_mstar) - log_mstar
    least = ratio.argmin()
    assert 10 ** log_mstar[least] == pytest.approx(3.55e10, abs=0.17e10)
    assert 10 ** ratio[least] == pytest.approx(27, abs=1)


def test_stellar_masses_follow_h():
    published, other = relations.load("behroozi2019"), relations.load("behroozi2019", h=0.7)
    shift = other.log_mstar(12.0) - published.log_mstar(12.0)
    assert shift == pytest.approx(2 * np.log10(0.678 / 0.7))


def test_relations_agree_where_all_are_constrained():
    # Different halo masses, averages and data, yet the same galaxies.
    log_mass = np.array([11.5, 12.0, 12.5, 13.0])
    found = np.stack([relations.load(name, h=0.7).log_mstar(log_mass) for name in NAMES])
    assert np.ptp(found, axis=0).max() < 0.3


def test_bad_input():
    with pytest.raises(DataError, match=r"'behrozi2019'; did you mean 'behroozi2019'\?"):
        relations.load("behrozi2019")
    with pytest.raises(DataError, match=r"such as 0\.7; got 67\.8"):
        relations.load("behroozi2019", h=67.8)
    with pytest.raises(DataError, match="log_mpeak must be finite"):
        relations.load("behroozi2019").log_mstar([12.0, np.nan])
