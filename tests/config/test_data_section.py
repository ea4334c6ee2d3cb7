import numpy as np
import pytest

from halograd import ConfigError
from halograd.inference import DataVector, Observables, Predictor, mock_covariance
from halograd.models import SmhmModel
from halograd.samples import Sample, samples_from
from oracles.toy_universe import toy_universe

N_TABLE = "# low high phi err\n10.0 10.2 2e-2 2e-3\n10.2 10.4 1e-2 1e-3\n10.4 10.6 5e-3 1e-3\n"
N = """
[data.n]
file = "n.txt"
low = 0
high = 1
value = 2
error = 3
unit = "(Mpc/h)^-3 dex^-1"
log_mstar_shift = 0.3
"""
WP_TABLE = "# r a ea b eb\n0.1 100 10 200 20\n1.0 50 5 80 8\n10.0 10 2 20 4\n"
WP = """
[data.wp]
file = "wp.txt"
separation = 0
separation_unit = "Mpc/h"
unit = "Mpc/h"
samples = [[10.0, inf], [10.5, inf]]
values = [1, 3]
errors = [2, 4]
log_mstar_shift = 0.0
pi_max = 40.0
"""


@pytest.fixture
def n(parse, table):
    table(N_TABLE, "n.txt")
    return lambda text=N: parse(data=text)


@pytest.fixture
def wp(parse, table):
    table(WP_TABLE, "wp.txt")
    return lambda text=WP: parse(data=text)


def test_density_per_dex_becomes_density_and_masses_shift(n):
    data = n().data.measured()
    np.testing.assert_allclose(data.values, [4e-3, 2e-3, 1e-3])
    np.testing.assert_allclose(data.errors, [4e-4, 2e-4, 2e-4])
    assert data.observables.n == samples_from([(10.3, 10.5), (10.5, 10.7), (10.7, 10.9)])


def test_density_per_cubic_mpc_takes_h(n):
    data = n(N.replace("(Mpc/h)^-3 dex^-1", "Mpc^-3") + "h = 0.7\n").data.measured()
    np.testing.assert_allclose(data.values, np.array([2e-2, 1e-2, 5e-3]) / 0.7**3)


def test_mass_range_and_error_floor(n):
    extra = "log_mstar_range = [10.5, 10.95]\nfractional_error_floor = 0.15\n"
    data = n(N + extra).data.measured()
    np.testing.assert_allclose(data.values, [2e-3, 1e-3])
    np.testing.assert_allclose(data.errors, [3e-4, 2e-4])


def test_thresholds_need_a_density_that_is_not_per_dex(n):
    text = N.replace("low = 0\nhigh = 1", "samples = [[10.0, inf], [10.2, inf], [10.4, inf]]")
    with pytest.raises(ConfigError, match="a density per dex needs bins"):
        n(text)
    data = n(text.replace(" dex^-1", "")).data.measured()
    assert data.observables.n[0] == Sample(10.3)


def test_columns_by_name(parse, table):
    table("low,high,phi,err\n10.0,10.2,2e-2,2e-3\n10.2,10.4,1e-2,1e-3\n", "n.txt")
    text = N.replace("low = 0", 'low = "low"').replace("high = 1", 'high = "high"')
    text = text.replace("value = 2", 'value = "phi"').replace("error = 3", 'error = "err"')
    np.testing.assert_allclose(parse(data=text).data.measured().values, [4e-3, 2e-3])
    with pytest.raises(ConfigError, match="no column 'ph'"):
        parse(data=text.replace('"phi"', '"ph"'))


def test_wp_edges_lie_midway_and_samples_are_rows(wp):
    data = wp().data.measured()
    np.testing.assert_allclose(data.observables.rp_edges, np.logspace(-1.5, 1.5, 4))
    np.testing.assert_allclose(data.parts.wp, [[100, 50, 10], [200, 80, 20]])
    np.testing.assert_allclose(data.error_parts.wp, [[10, 5, 2], [20, 8, 4]], rtol=1e-6)


def test_range_keeps_bins_with_their_edges(wp):
    data = wp(WP + "range = [0.5, 20.0]\n").data.measured()
    np.testing.assert_allclose(data.observables.rp_edges, np.logspace(-0.5, 1.5, 3))
    np.testing.assert_allclose(data.parts.wp, [[50, 10], [80, 20]])


def test_lengths_convert(wp):
    text = WP.replace('separation_unit = "Mpc/h"', 'separation_unit = "kpc"')
    data = wp(text.replace('\nunit = "Mpc/h"', '\nunit = "Mpc"') + "h = 0.7\n").data.measured()
    np.testing.assert_allclose(data.observables.rp, np.array([0.1, 1.0, 10.0]) * 0.7e-3)
    np.testing.assert_allclose(data.parts.wp[0], np.array([100, 50, 10]) * 0.7, rtol=1e-6)


def test_delta_sigma_free_of_h_converts(parse, table):
    table(WP_TABLE, "wp.txt")
    text = WP.replace("data.wp", "data.delta_sigma").replace("pi_max = 40.0", "h = 0.5")
    data = parse(data=text.replace('\nunit = "Mpc/h"', '\nunit = "Msun/pc^2"')).data.measured()
    np.testing.assert_allclose(data.parts.delta_sigma[0], [200, 100, 20], rtol=1e-6)


def test_full_covariance_is_cut_with_the_bins(wp, tmp_path):
    rng = np.random.default_rng(0)
    root = rng.normal(size=(6, 6))
    covariance = root @ root.T + np.eye(6)
    np.savetxt(tmp_path / "cov.txt", covariance)
    text = WP.replace("errors = [2, 4]", 'covariance = "cov.txt"') + "range = [0.5, 20.0]\n"
    rows = [1, 2, 4, 5]
    np.testing.assert_allclose(wp(text).data.measured().covariance, covariance[np.ix_(rows, rows)])
    np.savetxt(tmp_path / "cov.txt", covariance[:3, :3])
    with pytest.raises(ConfigError, match=r"must have shape \(6, 6\).*got \(3, 3\)"):
        wp(text)


def test_error_floor_keeps_correlations(wp, tmp_path):
    errors = np.array([1.0, 1, 1, 1, 1, 1])
    correlation = np.full((6, 6), 0.5) + 0.5 * np.eye(6)
    np.save(tmp_path / "cov.npy", correlation * np.outer(errors, errors))
    text = WP.replace("errors = [2, 4]", 'covariance = "cov.npy"')
    data = wp(text + "fractional_error_floor = 0.1\n").data.measured()
    np.testing.assert_allclose(data.errors, [10, 5, 1, 20, 8, 2])
    np.testing.assert_allclose(data.covariance / np.outer(data.errors, data.errors), correlation)


def test_statistics_join_in_one_vector(parse, table):
    table(N_TABLE, "n.txt")
    table(WP_TABLE, "wp.txt")
    data = parse(data=N + WP).data.measured()
    assert [s.shape for s in data.observables.statistics] == [(3,), (2, 3)]
    np.testing.assert_allclose(data.values[3:6], [100, 50, 10])


def test_saved_vector(parse, tmp_path):
    layout = Observables(n=[(10, 11)])
    DataVector(layout, [1e-3], [[1e-8]]).save(tmp_path / "d.hdf5")
    data = parse(data='file = "d.hdf5"').data.measured()
    np.testing.assert_allclose(data.values, [1e-3])
    with pytest.raises(ConfigError, match="a saved data vector is complete: remove n"):
        parse(data='file = "d.hdf5"\nn = {samples = [[10, 11]]}')
    with pytest.raises(ConfigError, match="no such file"):
        parse(data='file = "e.hdf5"')
    (tmp_path / "e.hdf5").write_text("text")
    with pytest.raises(ConfigError, match="not a halograd data vector"):
        parse(data='file = "e.hdf5"')


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('unit = "(Mpc/h)^-3 dex^-1"\n', "", "unit is missing: declare the unit"),
        ("(Mpc/h)^-3 dex^-1", "Mpc-3", r"unit must be one of .*got 'Mpc-3'"),
        ("(Mpc/h)^-3 dex^-1", "Mpc^-3", "h is missing: .* is free of h"),
        ("log_mstar_shift = 0.3\n", "", "log_mstar_shift is missing"),
        ("value = 2", "value = 7", r"no column 7; it has 4, numbered from 0"),
        ("value = 2\n", "", "value is missing: name its column"),
        ("value = 2", "value = true", "value must be a column name or a 0-based number"),
        ("error = 3", "eror = 3", r"\[data\.n\] has no key 'eror'; did you mean 'error'"),
        ("error = 3\n", "", "no errors are known: give error or covariance here"),
        ("error = 3", 'error = 3\ncovariance = "c"', "c: no such covariance file"),
        ("error = 3", "error = 3\nreference = 2009", "reference must be a text in quotes"),
        ("low = 0\nhigh = 1", "low = 1\nhigh = 0", "each row needs low < high"),
        ("low = 0\nhigh = 1", "samples = [[10, 11]]", "names 1 samples, but .* has 3 rows"),
        ('"n.txt"', '"m.txt"', r"m\.txt: no such file"),
        ("log_mstar_shift = 0.3", "log_mstar_shift = 0.3\nlog_mstar_range=[1,2]", "no sample"),
        ("error = 3", "error = 3\nfractional_error_floor = -1", "a number, 0 or more, got -1"),
    ],
)
def test_bad_density_tables(n, old, new, message):
    assert old in N
    with pytest.raises(ConfigError, match=message):
        n(N.replace(old, new))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('separation_unit = "Mpc/h"\n', "", "separation_unit is missing: declare"),
        (
            "values = [1, 3]",
            "values = [1]",
            "must name 2 columns, one for each of the samples, got 1",
        ),
        ("errors = [2, 4]", "errors = [2]", "errors must name 2 columns"),
        ("pi_max = 40.0\n", "", "pi_max is missing"),
        ("pi_max = 40.0", "pi_max = -1", "pi_max must be a number above 0, got -1"),
        ("pi_max = 40.0", "pi_max = 40.0\nedges = [0.1, 1]", "one more than the 3 rows"),
        ("pi_max = 40.0", "pi_max = 40.0\nedges = [1, 0.1]", "edges must be two or more increas"),
        ("pi_max = 40.0", "pi_max = 40.0\nrange = [50, 60]", "leaves no bin"),
        ("[[10.0, inf], [10.5, inf]]", "[[11.0, 10.0]]", "samples must list .low, high."),
        ("[[10.0, inf], [10.5, inf]]", "[10.0, 10.5]", "samples must list .low, high."),
        ("separation = 0", "separation = 2", "must increase"),
    ],
)
def test_bad_separation_tables(wp, old, new, message):
    assert old in WP
    with pytest.raises(ConfigError, match=message):
        wp(WP.replace(old, new))


def test_damaged_tables_name_the_file(wp, table):
    for text, message in [("0.1 x\n", "not a table of numbers"), ("# r\n", "there is no row")]:
        table(text, "wp.txt")
        with pytest.raises(ConfigError, match=rf"wp\.txt: {message}"):
            wp()
    table(WP_TABLE.replace("80 8", "nan 8"), "wp.txt")
    with pytest.raises(ConfigError, match="column 3 has values that are not finite"):
        wp()
    table(WP_TABLE.replace("80 8", "80 0"), "wp.txt")
    with pytest.raises(ConfigError, match="errors must be positive"):
        wp()


def test_some_tables_without_files_are_refused(parse, table):
    table(N_TABLE, "n.txt")
    layout = "[data.wp]\nsamples = [[10, 11]]\nedges = [1, 2]\npi_max = 20\n"
    with pytest.raises(ConfigError, match=r"\[data\.wp\] names no file, but the others do"):
        parse(data=N + layout)
    with pytest.raises(ConfigError, match="synthetic data need no files"):
        parse(data=N + "[data.synthetic]\nvolume = 1e6\n")


SYNTHETIC = "n = {samples = [[10.4, inf]]}\n[data.synthetic]\n"


def test_synthetic_section(parse):
    config = parse(data=SYNTHETIC + "seed = 4\nvolume = 1e6\ntruth = {scatter_low = 0.25}")
    assert config.data.synthetic.truth == {"scatter_low": 0.25}
    assert config.data.synthetic.n_realisation is None
    assert config.seeds == {"catalog": 3, "data": 4}


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("seed = 4", "volume is missing"),
        ("volume = 0", "volume must be a number above 0"),
        ("volume = 1e6\ntruth = {scater = 0.2}", "unknown parameter 'scater'"),
        ("volume = 1e6\nnoise = 1", r"\[data\.synthetic\] has no key 'noise'"),
        ("covariance = 'jacknife'", "one of survey, jackknife, mocks, got 'jacknife'; did you"),
        ("covariance = 'mocks'", "n_mock is missing"),
        ("covariance = 'mocks'\nn_mock = 1", "n_mock must be a whole number, 2 or more, got 1"),
        ("covariance = 'jackknife'\nn_side = 0", "n_side must be a whole number, 1 or more"),
        ("covariance = 'jackknife'\nn_side = [2, 3]", "n_side must be a whole number or three"),
        ("covariance = 'jackknife'\nlensing_noise = 1.0", "has no key 'lensing_noise'"),
        ("covariance = 'jackknife'\nvolume = -1", "volume must be a number above 0"),
        ("volume = 1e6\n[data.delta_sigma]\nsamples=[[11,12]]\nedges=[1,2]", "to .data.n"),
    ],
)
def test_bad_synthetic_sections(parse, body, message):
    with pytest.raises(ConfigError, match=message):
        parse(data=SYNTHETIC + body)


@pytest.mark.parametrize(
    ("body", "n_realisation", "n_mock", "options"),
    [
        ("covariance = 'jackknife'", 64, 1, {"n_side": 4, "n_mock": 1}),
        ("covariance = 'jackknife'\nn_side = [3, 3, 2]", 18, 1, {"n_side": [3, 3, 2], "n_mock": 1}),
        ("covariance = 'mocks'\nn_mock = 50\nvolume = 1e6", 50, 50, {"n_mock": 50}),
    ],
)
def test_synthetic_covariances_from_mocks(parse, body, n_realisation, n_mock, options):
    synthetic = parse(data=SYNTHETIC + body).data.synthetic
    assert synthetic.n_realisation == n_realisation
    assert synthetic.n_mock == n_mock
    assert synthetic.options == options


@pytest.mark.slow
@pytest.mark.parametrize("volume", [None, 1e6])
def test_synthetic_data_with_a_covariance_from_mocks(parse, volume):
    lines = "covariance = 'mocks'\nn_mock = 12\nseed = 2"
    lines += "" if volume is None else f"\nvolume = {volume}"
    data = parse(data=SYNTHETIC + lines).data
    predictor = Predictor(toy_universe(), SmhmModel(), data.observables())
    done = []
    theta = predictor.model.space.defaults
    drawn = data.draw(predictor, theta, toy_universe(), done.append)
    assert done == list(range(1, 13))
    assert drawn.n_realisation == 12
    covariance = mock_covariance(
        toy_universe(), predictor.model, data.observables(), theta, n_mock=12, seed=2
    )
    scale = 1.0 if volume is None else 60.0**3 / volume
    np.testing.assert_allclose(drawn.covariance, covariance * scale, rtol=1e-6)
    assert (np.abs(drawn.values - predictor(theta).vector) / drawn.errors).max() < 4


def test_layout_edges(parse):
    text = "[data.delta_sigma]\nsamples=[[10,11]]\nedges = {low = 0.1, high = 10.0, n = 2}"
    np.testing.assert_allclose(parse(data=text).data.observables().r_edges, [0.1, 1, 10])
    with pytest.raises(ConfigError, match=r"high must be a number above 0\.1, got 0\.05"):
        parse(data=text.replace("high = 10.0", "high = 0.05"))
    with pytest.raises(ConfigError, match=r"give file, or at least one of"):
        parse(data="")
