"""Further columns, as every reader keeps them."""

import importlib
from pathlib import Path

import h5py
import numpy as np
import pytest

from halograd import catalogs
from halograd.catalogs import CatalogError
from oracles.gadget_file import grouped, write_catalog
from oracles.hacc_file import write_cores, write_opencosmo
from oracles.halotools_file import halotools_columns, write_halotools
from oracles.known_halos import BOXSIZE, REDSHIFT, known_halos
from oracles.universemachine_file import write_universemachine

HALOS = known_halos()
DECLARED = {"boxsize": BOXSIZE, "redshift": REDSHIFT}


def test_an_hlist(shared_data):
    path = shared_data / "consistent_trees" / "dummy_halocat_0.07812.list"
    asked = (
        "v_max",
        "halfmass_scale",
        "Vmax",
        "T/|U|",
        "v_at_mpeak",
        "r_s",
        "rs",
        "Tree_root_ID",
    )
    halos = catalogs.read(path, properties=asked)
    rows = np.loadtxt(path)
    assert set(halos.extra) == {"r_vir", "v_peak", *asked}
    np.testing.assert_array_equal(halos.extra["v_max"], rows[:, 16])
    np.testing.assert_array_equal(halos.extra["Vmax"], rows[:, 16])
    np.testing.assert_array_equal(halos.extra["halfmass_scale"], rows[:, 63])
    np.testing.assert_array_equal(halos.extra["T/|U|"], rows[:, 56])
    np.testing.assert_array_equal(halos.extra["v_at_mpeak"], rows[:, 74])
    np.testing.assert_allclose(halos.extra["r_s"], rows[:, 12] * 1e-3, rtol=1e-12)
    np.testing.assert_array_equal(halos.extra["rs"], rows[:, 12])
    assert halos.extra["Tree_root_ID"].dtype == np.int64


def test_columns_follow_a_mass_cut(shared_data):
    path = shared_data / "consistent_trees" / "dummy_halocat_0.07812.list"
    whole = catalogs.read(path, properties="spin")
    heavy = whole.log_mpeak > np.median(whole.log_mpeak)
    cut = catalogs.read(
        path, properties="spin", min_mass=10 ** whole.log_mpeak[heavy].min() * 0.999
    )
    np.testing.assert_array_equal(cut.extra["spin"], whole.extra["spin"][heavy])


def test_halotools(tmp_path):
    spin = np.linspace(0, 1, len(HALOS.mass), dtype="f4")
    spin[0] = np.nan
    columns = halotools_columns(HALOS) | {"halo_spin": spin}
    path = write_halotools(tmp_path / "known.hdf5", columns)
    halos = catalogs.read(path, properties=["r_vir", "spin", "halo_spin", "mvir", "mass_now"])
    np.testing.assert_array_equal(halos.extra["r_vir"], np.full(len(spin), 0.25, "f4"))
    for name in ("spin", "halo_spin"):
        np.testing.assert_array_equal(halos.extra[name], spin)
    for name in ("mvir", "mass_now"):
        np.testing.assert_array_equal(halos.extra[name], (HALOS.mass / 2).astype("f4"))


def test_universemachine(tmp_path):
    path = write_universemachine(tmp_path / "sfr_catalog_0.800000.bin", HALOS)
    rows = np.fromfile(path, catalogs.universemachine.RECORD)
    asked = ["v_at_mpeak", "r_vir", "sfr", "vmp"]
    halos = catalogs.read(path, "universemachine", properties=asked, **DECLARED)
    assert set(halos.extra) == {"sm", *asked}
    np.testing.assert_array_equal(halos.extra["v_at_mpeak"], rows["vmp"])
    np.testing.assert_array_equal(halos.extra["sfr"], rows["sfr"])
    np.testing.assert_allclose(halos.extra["r_vir"], rows["r"] * 1e-3)


def test_gadget(tmp_path):
    folder = write_catalog(tmp_path / "groups_099", HALOS)
    for number, file in enumerate(sorted(folder.glob("*.hdf5"))):
        with h5py.File(file, "a") as opened:
            if "SubhaloMass" in opened.get("Subhalo", ()):
                n_row = len(opened["Subhalo/SubhaloMass"])
                opened["Subhalo/SubhaloSpin"] = np.full((n_row, 3), number + 1.0)
                opened["Subhalo/SubhaloHalfmassRad"] = np.full(n_row, 2000.0)
    halos = catalogs.read(folder, properties=["v_max", "SubhaloSpin", "spin", "r_half"])
    np.testing.assert_allclose(halos.extra["v_max"], HALOS.vmax[grouped(HALOS).order])
    np.testing.assert_array_equal(halos.extra["v_max"], halos.extra["vmax"])
    assert halos.extra["spin"].shape == (len(halos), 3)
    np.testing.assert_array_equal(halos.extra["spin"], halos.extra["SubhaloSpin"])
    np.testing.assert_allclose(halos.extra["r_half"], 2.0)  # 2000 kpc/h


def test_hacc(tmp_path):
    path = write_opencosmo(tmp_path / "haloproperties.hdf5", HALOS, np.bytes_)
    cdelta = np.linspace(3, 10, len(HALOS.mass))
    cdelta[3] = np.nan
    with h5py.File(path, "a") as file:
        data = file["halo_properties/data"] if "halo_properties" in file else file["data"]
        data["sod_halo_cdelta"] = cdelta
    halos = catalogs.read(path, properties=["concentration", "sod_halo_cdelta"])
    np.testing.assert_array_equal(halos.extra["concentration"], cdelta)
    np.testing.assert_array_equal(halos.extra["sod_halo_cdelta"], cdelta)


def test_cores(tmp_path):
    path = write_cores(tmp_path / "cores.hdf5", HALOS)
    with h5py.File(path, "a") as file:
        file["coredata/infall_step"] = np.arange(len(HALOS.mass))
    halos = catalogs.read(path, properties=["infall_step"], **DECLARED)
    assert halos.extra["infall_step"].tolist() == list(range(len(HALOS.mass)))


def test_millennium(shared_data):
    path = shared_data / "mini_millennium" / "model_000.hdf5"
    asked = ["v_max", "Spin", "mass_at_infall", "halo_id"]
    halos = catalogs.read(path, boxsize=62.5, redshift=0, properties=asked)
    with h5py.File(path) as file:
        rows = file["Snap063/Galaxies"][:]
    mass = np.where(rows["Type"] == 0, rows["Mvir"], rows["infallMvir"])
    rows = rows[mass > 0]
    np.testing.assert_array_equal(halos.extra["v_max"], rows["Vmax"])
    np.testing.assert_array_equal(halos.extra["Spin"], rows["Spin"])
    np.testing.assert_allclose(halos.extra["mass_at_infall"], rows["infallMvir"] * 1e10)
    assert "halo_id" not in halos.extra


def test_compaso(shared_data):
    path = shared_data / "abacus_mini" / "Mini_N64_L32" / "halos" / "z0.000"
    halos = catalogs.read(path, properties=["v_max", "r98_L2com", "r25_L2com"])
    derived = np.load(shared_data / "abacus_mini" / "derived" / "halos_cleaned_z0.npz")
    place = {int(row): k for k, row in enumerate(derived["id"])}
    rows = [place[int(identifier)] for identifier in halos.halo_id]
    np.testing.assert_allclose(halos.extra["v_max"], derived["vcirc_max_L2com"][rows])
    np.testing.assert_allclose(halos.extra["r98_L2com"], derived["r98_L2com"][rows])


def test_tables_and_halograds_own_file(tmp_path):
    np.savez(
        tmp_path / "halos.npz",
        **{name: np.array([1.0, 2.0]) for name in ("x", "y", "z")},
        mass=np.array([1e12, 1e13]),
        Vmax=np.array([100.0, np.nan]),
    )
    columns = {
        "position": ["x", "y", "z"],
        "position_unit": "Mpc/h",
        "mass": "mass",
        "mass_unit": "Msun/h",
        "extra": {"speed": "Vmax"},
    }
    asked = {"columns": columns, "boxsize": 10, "redshift": 0}
    halos = catalogs.read(tmp_path / "halos.npz", properties=("Vmax", "speed"), **asked)
    np.testing.assert_array_equal(halos.extra["Vmax"], [100.0, np.nan])
    np.testing.assert_array_equal(halos.extra["speed"], [100.0, np.nan])
    with pytest.raises(CatalogError, match=r"no column 'vmaxx'.*did you mean 'Vmax'"):
        catalogs.read(tmp_path / "halos.npz", properties=["vmaxx"], **asked)
    halos.save(tmp_path / "own.h5")
    assert "speed" in catalogs.read(tmp_path / "own.h5", properties=["speed", "log_mpeak"]).extra
    with pytest.raises(CatalogError, match=r"own.h5: no column 'sped'; .*did you mean 'speed'"):
        catalogs.read(tmp_path / "own.h5", properties=["sped"])


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ("halfmas_scale", r"'halfmas_scale'; .*\(documented names\) and .* mean 'halfmass_scale'"),
        ("host_log_mass", r"'host_log_mass', which follows from others: halos.with_columns"),
        ("spin_rank", r"catalogs.rank_at_fixed_mass\(halos.column\('spin'\)"),
        (3, "properties must be names of columns, got 3"),
    ],
)
def test_what_a_file_does_not_have(shared_data, asked, message):
    path = shared_data / "consistent_trees" / "dummy_halocat_0.07812.list"
    with pytest.raises(CatalogError, match=message):
        catalogs.read(path, properties=[asked])


@pytest.mark.parametrize(
    "reader",
    ["rockstar", "halotools", "universemachine", "compaso", "opencosmo", "millennium"],
)
def test_every_known_column_is_documented(reader):
    page = (
        (Path(__file__).parents[2] / "docs" / "columns.md").read_text(encoding="utf-8").casefold()
    )
    for name, field in importlib.import_module(f"halograd.catalogs.{reader}")._FIELDS.items():
        assert f"`{name}`" in page
        assert any(f"`{column}`".casefold() in page for column in field.columns)
