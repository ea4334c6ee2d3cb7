"""Quantities used to lose their units: positions in kpc were taken for Mpc/h."""

import astropy.units as u
import h5py
import numpy as np
import pytest
from astropy.cosmology.units import littleh
from astropy.table import Column, QTable

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


COLUMNS = {
    "position": ["x", "y", "z"],
    "position_unit": "Mpc/h",
    "velocity": ["vx", "vy", "vz"],
    "velocity_unit": "km/s",
    "mass": "mass",
    "mass_unit": "Msun/h",
    "boxsize": 10.0,
    "redshift": 0.0,
}


def write_table(path, length, speed):
    if path.suffix == ".h5":
        with h5py.File(path, "w") as file:
            file["mass"] = np.full(3, 1e12)
            for name in (*"xyz", "vx", "vy", "vz"):
                file[name] = np.ones(3)
                file[name].attrs["units"] = speed if name[0] == "v" else length
        return
    columns = {axis: np.ones(3) * u.Unit(length) for axis in "xyz"}
    columns |= {f"v{axis}": np.ones(3) * u.Unit(speed) for axis in "xyz"}
    QTable(columns | {"mass": np.full(3, 1e12)}).write(path)


@pytest.mark.parametrize("suffix", ["fits", "ecsv", "h5"])
@pytest.mark.parametrize(
    ("length", "speed", "message"),
    [
        ("kpc", "km/s", "declares column 'x' in 'kpc', but the map has position_unit = 'Mpc/h'"),
        ("m", "km/s", "declares column 'x' in 'm'"),
        ("Mpc", "m/s", "declares column 'vx' in 'm.*s.*', but the map has velocity_unit = 'km/s'"),
    ],
)
def test_a_file_that_declares_another_unit_than_the_map(tmp_path, suffix, length, speed, message):
    path = tmp_path / f"halos.{suffix}"
    write_table(path, length, speed)
    with pytest.raises(CatalogError, match=message):
        catalogs.read(path, columns=COLUMNS)


@pytest.mark.parametrize("suffix", ["fits", "ecsv", "h5"])
def test_a_file_that_declares_the_unit_of_the_map(tmp_path, suffix):
    path = tmp_path / f"halos.{suffix}"
    write_table(path, "Mpc", "km/s")
    assert len(catalogs.read(path, columns=COLUMNS)) == 3


@pytest.mark.parametrize(
    "length", ["Mpc/h", "comoving Mpc/h", "cMpc/h", "code_length", "Mpc h^-1", ""]
)
def test_spellings_of_the_unit(tmp_path, length):
    write_table(tmp_path / "halos.h5", length, "km s-1")
    assert len(catalogs.read(tmp_path / "halos.h5", columns=COLUMNS)) == 3
