"""The same measurement as text, CSV, ECSV and HDF5, with units declared or in the file."""

import h5py
import numpy as np
import pytest
from astropy import units
from astropy.cosmology.units import littleh
from astropy.table import Table

from halograd import ConfigError

R = np.array([0.1, 1.0, 10.0])
WP = np.array([100.0, 50.0, 10.0])
ERROR = np.array([10.0, 5.0, 2.0])
SECTION = """
[data.wp]
file = "{file}"
separation = "rp"
values = ["wp"]
errors = ["error"]
samples = [[10.0, inf]]
log_mstar_shift = 0.0
pi_max = 40.0
{more}
"""
UNITS = 'separation_unit = "Mpc/h"\nunit = "Mpc/h"\n'


@pytest.fixture
def wp(parse):
    def parsed(file, more=""):
        return parse(data=SECTION.format(file=file, more=more)).data.measured()

    return parsed


def check(data):
    np.testing.assert_allclose(data.observables.rp, R, rtol=1e-6)
    np.testing.assert_allclose(data.values, WP, rtol=1e-6)
    np.testing.assert_allclose(data.errors, ERROR, rtol=1e-6)


def ecsv(path, unit, factor):
    columns = {"rp": R, "wp": WP, "error": ERROR}
    Table({name: values * factor * unit for name, values in columns.items()}).write(path)


def hdf5(path, unit, factor=1.0):
    with h5py.File(path, "w") as file:
        for name, values in (("rp", R), ("wp", WP), ("error", ERROR)):
            file[name] = values * factor
            if unit is not None:
                file[name].attrs["unit"] = unit


def test_csv(wp, table):
    rows = "".join(f"{r},{w},{e}\n" for r, w, e in zip(R, WP, ERROR, strict=True))
    check(wp(table("rp,wp,error\n" + rows, "wp.csv"), UNITS))


@pytest.mark.parametrize(
    ("unit", "factor", "more"),
    [
        (units.Mpc / littleh, 1.0, ""),
        (units.kpc / littleh, 1e3, ""),
        (units.Mpc, 2.0, "h = 0.5"),
        (units.Mpc / units.hour, 1.0, ""),
        (units.Mpc / littleh, 1.0, UNITS),
    ],
)
def test_ecsv_units_are_understood(wp, tmp_path, unit, factor, more):
    ecsv(tmp_path / "wp.ecsv", unit, factor)
    check(wp("wp.ecsv", more))


def test_ecsv_without_units_needs_them_declared(wp, tmp_path):
    ecsv(tmp_path / "wp.ecsv", 1, 1.0)
    with pytest.raises(ConfigError, match="unit is missing: declare"):
        wp("wp.ecsv")
    check(wp("wp.ecsv", UNITS))


@pytest.mark.parametrize("unit", ["Mpc / h", "Mpc h-1", "Mpc/littleh", None])
def test_hdf5(wp, tmp_path, unit):
    hdf5(tmp_path / "wp.hdf5", unit)
    check(wp("wp.hdf5", UNITS if unit is None else ""))


def test_errors_may_have_a_unit_of_their_own(wp, tmp_path):
    hdf5(tmp_path / "wp.hdf5", "Mpc / h")
    with h5py.File(tmp_path / "wp.hdf5", "a") as file:
        file["error"][...] = ERROR * 1e3
        file["error"].attrs["unit"] = "kpc / h"
    check(wp("wp.hdf5"))


@pytest.mark.parametrize(
    ("unit", "more", "message"),
    [
        ("Mpc", "", "the column is in 'Mpc', which is free of h, so give the H0"),
        ("Mpc / h", 'unit = "Mpc"\nh = 0.7', r"unit = 'Mpc', but the column .* is in 'Mpc / h'"),
        ("s", "", "declares the unit 's', which is not like any of 'Mpc/h'"),
        ("furlongs", "", "declares the unit 'furlongs'"),
        ("Mpc / dex", "", "declares the unit 'Mpc / dex'"),
    ],
)
def test_units_in_the_file_that_do_not_fit(wp, tmp_path, unit, more, message):
    hdf5(tmp_path / "wp.hdf5", unit)
    with pytest.raises(ConfigError, match=message):
        wp("wp.hdf5", more)


DENSITY = """
[data.n]
file = "n.ecsv"
low = "low"
high = 1
value = "phi"
error = "error"
log_mstar_shift = 0.0
"""


@pytest.mark.parametrize(
    ("unit", "factor", "more"),
    [
        (littleh**3 / units.Mpc**3 / units.dex, 5.0, ""),
        (units.Mpc**-3, 0.5**3, "h = 0.5"),
        (littleh**3 / units.Gpc**3, 1e9, ""),
    ],
)
def test_densities_in_ecsv(parse, tmp_path, unit, factor, more):
    columns = {"low": [10.0, 10.2], "high": [10.2, 10.4]}
    columns |= {"phi": np.array([4e-3, 2e-3]) * factor * unit}
    columns |= {"error": np.array([4e-4, 3e-4]) * factor * unit}
    Table(columns).write(tmp_path / "n.ecsv")
    data = parse(data=DENSITY + more).data.measured()
    np.testing.assert_allclose(data.values, [4e-3, 2e-3])
    np.testing.assert_allclose(data.errors, [4e-4, 3e-4])


def test_damaged_and_missing(wp, tmp_path):
    hdf5(tmp_path / "wp.hdf5", "Mpc / h")
    whole = (tmp_path / "wp.hdf5").read_bytes()
    (tmp_path / "wp.hdf5").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ConfigError, match=r"wp\.hdf5: not an HDF5 file, or damaged"):
        wp("wp.hdf5")
    hdf5(tmp_path / "other.hdf5", "Mpc / h")
    with h5py.File(tmp_path / "other.hdf5", "a") as file:
        del file["error"]
    with pytest.raises(ConfigError, match="no column 'error'; it has rp, wp"):
        wp("other.hdf5")
    with h5py.File(tmp_path / "other.hdf5", "a") as file:
        file["error"] = np.ones(4)
    with pytest.raises(ConfigError, match=r"column 'error' has shape \(4,\), where \(3,\)"):
        wp("other.hdf5")
    ecsv(tmp_path / "wp.ecsv", units.Mpc / littleh, 1.0)
    text = (tmp_path / "wp.ecsv").read_text()
    (tmp_path / "wp.ecsv").write_text(text[:-3])
    with pytest.raises(ConfigError, match="cut short"):
        wp("wp.ecsv")
