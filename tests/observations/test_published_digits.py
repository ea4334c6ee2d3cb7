"""Every digit against copies that other people typed or passed on."""

from xml.etree import ElementTree

import h5py
import numpy as np
import pytest

from halograd import observations
from halograd.observations.published_table import published_header


@pytest.fixture(scope="session")
def copies(shared_data):
    return shared_data / "observations"


def _xml(path, columns=0):
    found = ElementTree.parse(path).getroot().findall(".//columns")[columns]
    return lambda name: np.array([float(d.text) for d in found.findall(f"{name}/datum")])


def _emerge(path, name):
    """log10 M*, log10 density of one set in the file of EMERGE."""
    lines = path.read_text().splitlines()
    header = next(i for i, line in enumerate(lines) if line.rstrip().endswith(name))
    count = int(lines[header].split()[1])
    rows = [line.split() for line in lines[header + 1 : header + 1 + count]]
    return np.array(rows, float)[:, :2].T


@pytest.mark.parametrize("name", observations.names())
def test_the_head_read_alone_is_that_of_the_table(name):
    table, head = observations.published_table(name), published_header(name)
    units = {key: column.unit and column.unit.to_string() for key, column in table.columns.items()}
    assert head.units == units
    assert head.meta == dict(table.meta)


def test_li_white2009(copies):
    table = observations.published_table("li_white2009")
    copy = np.loadtxt(copies / "Li_White_2009_GSMF.txt")
    columns = ("log_mstar_low", "log_mstar_high", "log_mstar_median", "n", "n_error")
    for column, want in zip(columns, copy.T, strict=True):
        np.testing.assert_array_equal(table[column], want)


def test_li_white2009_in_another_compilation(copies):
    table = observations.published_table("li_white2009")
    log_mass, log_n = _emerge(copies / "emerge" / "smf.dat", "Li & White 2009")
    np.testing.assert_allclose((table["log_mstar_low"] + table["log_mstar_high"]) / 2, log_mass)
    np.testing.assert_allclose(np.log10(table["n"]), log_n, atol=6e-4)


def test_hearin2014(copies):
    table = observations.published_table("hearin2014")
    copy = np.loadtxt(copies / "hearin_2014_wp.dat")
    for column, want in zip(table.colnames, copy.T, strict=True):
        np.testing.assert_array_equal(table[column], want)


def test_hearin2014_in_another_compilation(copies):
    table = observations.published_table("hearin2014")
    for row, threshold in enumerate(("9.8", "10.2", "10.6")):
        copy = _xml(copies / "Projected_Correlation_Functions_Hearin_2013.xml", row)
        np.testing.assert_array_equal(table[f"wp_{threshold}"], copy("correlationFunction"))
        np.testing.assert_array_equal(table[f"error_{threshold}"], copy("upperError"))
        # That compilation has rounded separations, 0.15 dex apart.
        np.testing.assert_allclose(np.log10(table["rp"]), copy("separation"), atol=0.035)


def test_watson2015(copies):
    table = observations.published_table("watson2015")
    copy = np.loadtxt(copies / "watson_2014_delta_sigma.dat")
    for column, want in zip(table.colnames, copy.T, strict=True):
        np.testing.assert_array_equal(table[column], want)


def test_moustakas2013(copies):
    table = observations.published_table("moustakas2013")
    copy = np.loadtxt(copies / "moustakas_2013_table3.txt", usecols=range(6)).T
    middle = (table["log_mstar_low"] + table["log_mstar_high"]) / 2
    np.testing.assert_allclose(middle, copy[0])
    names = ("log_n", "log_n_error_up", "log_n_error_down", "log_n_sample_variance", "number")
    for column, want in zip(names, copy[1:], strict=True):
        np.testing.assert_array_equal(table[column], np.abs(want) * np.sign(table[column]))


def test_bernardi2013(copies):
    table = observations.published_table("bernardi2013")
    copy = _xml(copies / "Stellar_Mass_Function_Bernardi_2013.xml")
    middle = (table["log_mstar_low"] + table["log_mstar_high"]) / 2
    np.testing.assert_allclose(middle, copy("mass"))
    np.testing.assert_array_equal(table["log_n"], copy("massFunction"))
    np.testing.assert_array_equal(table["log_n_error_up"], copy("upperError"))
    np.testing.assert_array_equal(table["log_n_error_down"], copy("lowerError"))


def test_baldry2012(copies):
    table = observations.published_table("baldry2012")
    copy = _xml(copies / "Stellar_Mass_Function_GAMA_2012.xml")
    low, high = table["log_mstar_low"], table["log_mstar_high"]
    np.testing.assert_allclose((low + high) / 2, copy("mass"))
    np.testing.assert_allclose(high - low, copy("massWidth"))
    np.testing.assert_allclose(table["n"], 1e3 * copy("massFunction"), rtol=1e-14)
    np.testing.assert_allclose(table["n_error"], 1e3 * copy("upperError"), rtol=1e-14)
    np.testing.assert_array_equal(table["number"], copy("number"))


def test_baldry2012_in_another_compilation(copies):
    table = observations.published_table("baldry2012")
    log_mass, log_n = _emerge(copies / "emerge" / "smf.dat", "Baldry 2012")
    middle = np.round((table["log_mstar_low"] + table["log_mstar_high"]) / 2, 3)
    rows = np.searchsorted(middle, log_mass)
    np.testing.assert_allclose(middle[rows], log_mass)
    np.testing.assert_allclose(np.log10(1e-3 * table["n"][rows]), log_n, atol=6e-4)


def test_reddick2013(copies):
    h = 0.702  # of the copy, which is in Mpc
    copy = np.loadtxt(copies / "wprp_Reddick-Tinker_sm-9.8.dat").T
    observation = observations.load("reddick2013", h=0.7)
    np.testing.assert_allclose(observation.separations, h * copy[0], rtol=1e-7)
    np.testing.assert_allclose(observation.values[0], h * copy[1], rtol=1e-7)
    np.testing.assert_allclose(observation.covariance, h**2 * copy[2:].T, rtol=1e-6)


def test_leauthaud2012_against_the_tabulation_of_its_authors(copies):
    relation = observations.relations.load("leauthaud2012")
    with h5py.File(copies / "stellarHaloMassRelation_COSMOS_Leauthaud2012.hdf5") as file:
        table = file["redshiftInterval1"]
        log_mass, log_mstar = (np.log10(table[key]) for key in ("massHaloMean", "massStellar"))
    found = relation.log_mstar(log_mass + np.log10(relation.h))
    inside = np.isfinite(found)
    assert inside.sum() > 100
    np.testing.assert_allclose(found[inside], log_mstar[inside], atol=0.006)
