import numpy as np
import pytest

from halograd import ConfigError, observations

N = '[data.n]\npublished = "li_white2009"\nh = 0.7\nlog_mstar_range = [10.0, 11.0]\n'
WP = '[data.wp]\npublished = "hearin2014"\n'
LENSING = '[data.delta_sigma]\npublished = "watson2015"\n'


@pytest.fixture
def measured(parse):
    return lambda text: parse(data=text).data.measured()


def test_three_published_measurements_join(measured):
    data = measured(N + WP + LENSING)
    assert data.observables.n[0] == (
        pytest.approx(10.0098, abs=1e-4),
        pytest.approx(10.1098, abs=1e-4),
        "all",
    )
    assert len(data.observables.n) == 9
    assert list(data.observables.wp) == list(data.observables.delta_sigma)
    assert data.observables.pi_max == 40.0
    np.testing.assert_allclose(data.parts.wp[:, 0], [403.78, 521.56, 646.61])
    np.testing.assert_allclose(data.error_parts.delta_sigma[:, -1], [0.38, 0.43, 0.48])
    np.testing.assert_allclose(data.observables.rp_edges, np.geomspace(0.1, 20.0, 16))


def test_sources_are_noted(measured):
    notes = measured(N + WP).notes
    assert notes["n: reference"].endswith("(arXiv:0901.0706)")
    assert notes["wp: imf"] == "Chabrier (2003)"
    assert (notes["n: h"], notes["wp: h"]) == ("0.7", "0.7")


def test_another_depth_than_that_of_the_measurement_is_noted(measured):
    assert "wp: depth" not in measured(WP).notes
    assert "wp: depth" not in measured(WP + "pi_max = 40\n").notes
    note = measured(WP + "pi_max = 10\n").notes["wp: depth"]
    assert note.startswith("predicted to π_max = 10 Mpc/h, but measured to 40 Mpc/h")


def test_cuts_and_floors(measured):
    more = "samples = [[10.6, inf], [9.8, inf]]\nrange = [0.5, 4.5]\nfractional_error_floor = 0.1\n"
    data = measured(WP + more)
    assert [sample.low for sample in data.observables.wp] == [10.6, 9.8]
    np.testing.assert_allclose(
        data.parts.wp,
        [
            [195.04, 143.84, 104.03, 74.22, 55.91, 44.06, 32.02],
            [151.47, 116.21, 84.82, 61.24, 45.65, 35.51, 27.69],
        ],
    )
    np.testing.assert_allclose(data.error_parts.wp[0, 0], 19.504)  # floor above the printed 14.68
    np.testing.assert_allclose(data.error_parts.wp[1, -1], 3.49)
    np.testing.assert_allclose(data.observables.rp_edges, np.geomspace(0.1, 20.0, 16)[4:12])


def test_edges_and_depth_can_be_set(measured):
    data = measured(WP + "edges = {low = 0.11, high = 21.0, n = 15}\npi_max = 20.0\n")
    np.testing.assert_allclose(data.observables.rp_edges, np.geomspace(0.11, 21.0, 16))
    assert data.observables.pi_max == 20.0


def test_stellar_masses_move_with_h_and_samples_keep_their_names(measured):
    data = measured(WP + "h = 0.6774\nsamples = [[10.2, inf]]\n")
    assert data.observables.wp[0].low == pytest.approx(10.2 + 2 * np.log10(0.7 / 0.6774))
    assert data.notes["wp: h"] == "0.6774"


def test_published_covariance_is_cut_with_the_bins(measured):
    data = measured('[data.wp]\npublished = "reddick2013"\nh = 0.7\nrange = [0.2, 10.0]\n')
    whole = observations.load("reddick2013", h=0.7).covariance
    np.testing.assert_allclose(data.covariance, whole[1:10, 1:10])


def test_own_covariance_takes_the_place_of_the_published(measured, tmp_path):
    errors = observations.load("watson2015").errors.ravel()
    correlation = 0.3 + 0.7 * np.eye(len(errors))
    np.save(tmp_path / "c.npy", correlation * np.outer(errors, errors))
    data = measured(LENSING + 'covariance = "c.npy"\nrange = [1.0, 2.0]\n')
    np.testing.assert_allclose(
        data.covariance / np.outer(data.errors, data.errors), 0.3 + 0.7 * np.eye(len(data.values))
    )


def test_one_covariance_for_published_tables(measured, tmp_path):
    errors = [observations.load(name).errors.ravel() for name in ("hearin2014", "watson2015")]
    np.save(tmp_path / "c.npy", np.diag(np.concatenate(errors) ** 2))
    data = measured('covariance = "c.npy"\n' + WP + LENSING)
    np.testing.assert_allclose(data.errors, np.concatenate(errors))


def test_a_published_measurement_joins_one_in_a_file(measured, table):
    table("10.0 10.2 2e-2 2e-3\n", "n.txt")
    text = '[data.n]\nfile = "n.txt"\nlow = 0\nhigh = 1\nvalue = 2\nerror = 3\n'
    data = measured(text + 'unit = "(Mpc/h)^-3"\nlog_mstar_shift = 0.0\n' + WP)
    np.testing.assert_allclose(data.values[:2], [2e-2, 403.78])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (WP.replace("2014", "2013"), "did you mean 'hearin2014'"),
        (WP.replace("hearin2014", "watson2015"), "watson2015 measures delta_sigma, not wp"),
        (N.replace("h = 0.7\n", ""), r"\[data\.n\] li_white2009 gives stellar masses in Msun/h\^2"),
        (N.replace("[10.0, 11.0]", "[13.0, 14.0]"), "log_mstar_range = .* leaves no sample"),
        (WP + "samples = [[10.0, inf]]\n", r"the limits that hearin2014 prints, \[9\.8, inf\]"),
        (WP + "range = [30.0, 40.0]\n", "leaves no bin"),
        (WP + "edges = [0.1, 1.0]\n", "one more than the 15 bins of hearin2014, got 2"),
        (WP + 'file = "a.txt"\n', r"\[data\.wp\] has no key 'file'"),
        (WP + "h = 70.0\n", "such as 0.7; got 70"),
        (
            WP
            + "published = 3\n".replace("published", "pi_max")
            + "[data.n]\nsamples = [[10, 11]]\n",
            "n.* names no file, but the others do",
        ),
        (WP + LENSING + "h = 0.6774\n", r"one h, got h = 0\.7 in \[data\.wp\], h = 0\.6774 in"),
        (WP + "[data.synthetic]\nvolume = 1e6\n", "synthetic data need no files"),
    ],
)
def test_bad_published(parse, text, message):
    with pytest.raises(ConfigError, match=message):
        parse(data=text)


def test_relations_for_the_report(parse):
    body = 'relations = ["behroozi2019", "moster2018"]\nrelations_h = 0.7'
    found = parse(report=body).report.relations
    assert [relation.name for relation in found] == ["behroozi2019", "moster2018"]
    assert {relation.mstar_h for relation in found} == {0.7}
    assert parse(report='relations = "moster2018"').report.relations[0].mstar_h is None


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ('relations = ["behroozi2018"]', r"\[report\] .*did you mean 'behroozi201"),
        ("relations_h = 0.7", "relations_h goes with relations"),
        ('relations = "moster2018"\nrelations_h = 70.0', "such as 0.7; got 70"),
    ],
)
def test_bad_relations(parse, body, message):
    with pytest.raises(ConfigError, match=message):
        parse(report=body)
