import numpy as np
import pytest

from halograd import DataError, observations

NAMES = (
    *("baldry2012", "bernardi2013", "hearin2014", "li_white2009", "moustakas2013"),
    *("reddick2013", "watson2015"),
)


def test_names():
    assert observations.names() == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_every_measurement_is_whole(name):
    found = observations.load(name, h=0.7)
    n_sample, n_bin = found.values.shape
    assert (found.name, len(found.samples)) == (name, n_sample)
    assert found.errors.shape == found.values.shape
    assert np.isfinite(found.values).all()
    assert (found.errors > 0).all()
    units = {"n": "(Mpc/h)^-3", "wp": "Mpc/h", "delta_sigma": "h Msun/pc^2"}
    assert found.unit == units[found.statistic]
    assert f"(arXiv:{found.arxiv})" in found.citation
    for text in (found.title, found.imf, found.stellar_mass, found.survey, *found.notes):
        assert text
    if found.statistic == "n":
        assert (n_bin, found.edges, found.separations, found.pi_max) == (1, None, None, None)
        low, high = np.transpose(found.samples)
        np.testing.assert_allclose(low[1:], high[:-1])  # bins without gaps
    else:
        assert found.edges.shape == (n_bin + 1,)
        assert (found.edges[:-1] < found.separations).all()
        assert (found.separations < found.edges[1:]).all()
        assert (found.pi_max == 40.0) == (found.statistic == "wp")


def test_densities_per_dex_become_those_of_bins():
    found = observations.load("li_white2009", h=0.7)
    # 10.9 < log M* h^2 < 11.0: 0.137208e-2 +- 0.371800e-4 h^3 Mpc^-3 dex^-1
    row = found.published_samples.index((10.9, 11.0))
    assert found.values[row, 0] == pytest.approx(0.137208e-2 * 0.1)
    assert found.errors[row, 0] == pytest.approx(0.371800e-4 * 0.1)


def test_densities_free_of_h_take_that_of_the_paper():
    found = observations.load("baldry2012")
    # GAMA, log M* = 10.70 +- 0.10: (3.55 +- 0.27) 1e-3 Mpc^-3 dex^-1 for h = 0.7
    row = found.published_samples.index((10.6, 10.8))
    assert found.values[row, 0] == pytest.approx(3.55e-3 * 0.2 / 0.7**3)
    assert found.errors[row, 0] == pytest.approx(0.27e-3 * 0.2 / 0.7**3)


def test_errors_of_logarithms_are_averaged_and_take_the_sample_variance():
    found = observations.load("moustakas2013")
    # log M* = 11.0: log density = -2.7280 +- 0.0040, sample variance 0.046
    row = found.published_samples.index((10.95, 11.05))
    assert found.values[row, 0] == pytest.approx(10**-2.728 * 0.1 / 0.7**3)
    relative = np.log(10) * np.hypot(0.0040, 0.046)
    assert found.errors[row, 0] == pytest.approx(relative * found.values[row, 0])


def test_lengths_in_kpc_become_mpc():
    found = observations.load("watson2015")
    np.testing.assert_allclose(found.separations[[0, -1]], [22.31e-3, 2219.40e-3])
    np.testing.assert_allclose(found.values[:, 0], [63.70, 74.42, 107.60])


def test_stellar_masses_follow_h_and_nothing_else_does():
    published, other = (observations.load("hearin2014", h) for h in (None, 0.6774))
    assert published.h == 0.7
    assert published.samples == published.published_samples == other.published_samples
    shift = 2 * np.log10(0.7 / 0.6774)
    assert other.samples[1] == (pytest.approx(10.2 + shift), np.inf)
    np.testing.assert_array_equal(published.values, other.values)
    np.testing.assert_array_equal(published.edges, other.edges)


def test_stellar_masses_in_msun_over_h_squared_need_h():
    with pytest.raises(DataError, match=r"li_white2009 gives stellar masses in Msun/h\^2: give h"):
        observations.load("li_white2009")
    found = observations.load("li_white2009", h=0.7)
    assert found.samples[0] == (pytest.approx(8.3098, abs=1e-4), pytest.approx(8.4098, abs=1e-4))


def test_the_same_threshold_for_another_h_is_the_same_galaxies():
    # log M* > 9.8 in Msun/h^2 is log M* > 10.1098 in Msun for h = 0.7.
    assert observations.load("reddick2013", h=0.7).samples == ((10.10980392, np.inf),)


def test_covariance_has_the_errors_on_its_diagonal():
    found = observations.load("reddick2013", h=0.7)
    np.testing.assert_allclose(np.diag(found.covariance), found.errors.ravel() ** 2)
    np.testing.assert_array_equal(found.covariance, found.covariance.T)
    assert np.linalg.eigvalsh(found.covariance).min() > 0


def test_inferred_edges_explain_the_printed_separations():
    found = observations.load("hearin2014")
    np.testing.assert_allclose(found.edges, np.geomspace(0.1, 20.0, 16))
    # The mean separation of a bin lies between those of pairs that fall off as 1/rp and of pairs
    # that do not cluster; printed to three decimals.
    low, high = found.edges[:-1], found.edges[1:]
    clustered = (high - low) / np.log(high / low)
    uniform = 2 / 3 * (high**3 - low**3) / (high**2 - low**2)
    assert (found.separations > clustered - 5e-4).all()
    assert (found.separations < uniform + 5e-4).all()


@pytest.mark.parametrize("h", [70.0, 0.0, np.nan])
def test_bad_h(h):
    with pytest.raises(DataError, match="h "):
        observations.load("hearin2014", h)


def test_unknown_names_name_the_nearest():
    with pytest.raises(DataError, match=r"'hearin2013'; did you mean 'hearin2014'\?.*li_white"):
        observations.load("hearin2013")
    with pytest.raises(DataError, match="did you mean 'watson2015'"):
        observations.published_table("watson2014")
