"""Quantities used to lose their units: positions in kpc were taken for Mpc/h."""

import astropy.units as u
import numpy as np
import pytest
from astropy.cosmology.units import littleh
from astropy.table import Column

from halograd import catalogs
from halograd.catalogs import CatalogError, HaloCatalog, Particles

POINTS = np.linspace(1.0, 9.0, 12).reshape(4, 3)


def catalog(**changes):
    given = {"positions": POINTS, "log_mpeak": np.full(4, 12.0), "boxsize": 10.0, "redshift": 0.0}
    return HaloCatalog(**(given | changes))


@pytest.mark.parametrize(
    ("name", "values", "unit"),
    [
        ("positions", POINTS * u.kpc, "comoving Mpc/h"),
        ("positions", POINTS * u.Mpc, "comoving Mpc/h"),
        ("positions", [POINTS.T[0] * u.kpc] * 3, "comoving Mpc/h"),
        ("boxsize", 10.0 * u.kpc, "comoving Mpc/h"),
        ("velocities", POINTS * u.kpc, "km/s"),
        ("log_mpeak", np.full(4, 12.0) * u.Msun, "plain numbers"),
        ("log_mpeak", Column(np.full(4, 12.0), unit="Msun"), "plain numbers"),
        ("extra", {"r_vir": np.ones(4) * u.kpc}, "the unit that is meant"),
    ],
)
def test_a_unit_that_cannot_be_kept_is_refused(name, values, unit):
    match = rf"{name if name != 'extra' else 'r_vir'}.* has the unit .*{unit}"
    with pytest.raises(CatalogError, match=match):
        catalog(**{name: values})


def test_velocities_are_converted():
    halos = catalog(velocities=POINTS * u.m / u.s)
    np.testing.assert_allclose(halos.velocities, POINTS * 1e-3)
    halos = catalog(velocities=Column(POINTS, unit="m/s"))
    np.testing.assert_allclose(halos.velocities, POINTS * 1e-3)


def test_the_unit_that_is_needed_is_taken():
    halos = catalog(positions=POINTS * u.Mpc / littleh, boxsize=Column([10.0], unit="Mpc/h"))
    np.testing.assert_array_equal(halos.positions, POINTS)
    assert catalog(redshift=50 * u.percent).redshift == 0.5


def test_particles():
    with pytest.raises(CatalogError, match="positions has the unit kpc"):
        Particles(POINTS * u.kpc, 1e10, 10.0)
    with pytest.raises(CatalogError, match="particle masses has the unit kg"):
        Particles(POINTS, 1e10 * u.kg, 10.0)


def test_what_a_reader_is_told(tmp_path):
    catalog().save(tmp_path / "halos.h5")
    with pytest.raises(CatalogError, match="boxsize has the unit kpc"):
        catalogs.read(tmp_path / "halos.h5", boxsize=10 * u.kpc)
