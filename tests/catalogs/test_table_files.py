import h5py
import numpy as np
import pyarrow as pa
import pytest
from astropy.io import fits
from astropy.table import Table
from pyarrow import parquet

from halograd import catalogs
from halograd.catalogs import CatalogError

COLUMNS = {
    "position": "pos",
    "position_unit": "Mpc/h",
    "mass": "mass",
    "mass_unit": "Msun/h",
    "boxsize": 10,
    "redshift": 0,
}
POSITIONS = np.arange(12.0).reshape(4, 3) % 10
MASS = np.array([1e11, 1e12, 1e13, 1e14], np.float32)


def check(path, **changes):
    halos = catalogs.read(path, columns=COLUMNS | changes)
    np.testing.assert_array_equal(halos.positions, POSITIONS)
    np.testing.assert_array_equal(halos.log_mpeak, np.log10(MASS.astype(float)))
    return halos


@pytest.mark.parametrize("kind", [pa.list_(pa.float64(), 3), pa.list_(pa.float64())])
def test_parquet_lists_are_vectors(tmp_path, kind):
    table = pa.table({"pos": pa.array(POSITIONS.tolist(), kind), "mass": MASS})
    parquet.write_table(table, tmp_path / "a", row_group_size=2)
    check(tmp_path / "a")
    parquet.write_table(table[:0], tmp_path / "empty")
    assert len(catalogs.read(tmp_path / "empty", columns=COLUMNS)) == 0


def test_parquet_lists_of_several_lengths_and_nulls_are_refused(tmp_path):
    ragged = [[1.0, 2.0], [1.0, 2.0, 3.0, 4.0], [1.0, 2.0, 3.0], [1.0, 2.0, 3.0]]
    parquet.write_table(pa.table({"pos": ragged, "mass": MASS}), tmp_path / "a")
    with pytest.raises(CatalogError, match="lists in column 'pos' differ in length"):
        catalogs.read(tmp_path / "a", columns=COLUMNS)
    holes = pa.table({"pos": POSITIONS.tolist(), "mass": [1e11, None, None, 1e12]})
    parquet.write_table(holes, tmp_path / "b")
    with pytest.raises(CatalogError, match="2 values of 'mass' are null"):
        catalogs.read(tmp_path / "b", columns=COLUMNS)


@pytest.mark.parametrize("hdu", [2, "HALOS"])
def test_fits_tables_by_number_and_name(tmp_path, hdu):
    other = fits.BinTableHDU(Table({"a": [1]}), name="OTHER")
    halos = fits.BinTableHDU(Table({"pos": POSITIONS, "mass": MASS}), name="HALOS")
    fits.HDUList([fits.PrimaryHDU(), other, halos]).writeto(tmp_path / "a")
    assert check(tmp_path / "a", hdu=hdu).positions.dtype.isnative
    with pytest.raises(CatalogError, match="no column 'pos'; it has: a"):
        catalogs.read(tmp_path / "a", columns=COLUMNS)
    with pytest.raises(CatalogError, match="no FITS table at HDU 'HOLAS'; tables: 1 'OTHER', 2"):
        catalogs.read(tmp_path / "a", columns=COLUMNS | {"hdu": "HOLAS"})


def test_a_fits_file_without_a_table(tmp_path):
    fits.PrimaryHDU(np.ones((3, 3))).writeto(tmp_path / "a")
    with pytest.raises(CatalogError, match="no FITS table at HDU None; tables: none"):
        catalogs.read(tmp_path / "a", columns=COLUMNS)


def test_hdf5_attributes_of_other_groups_and_of_parents(tmp_path):
    with h5py.File(tmp_path / "a", "w") as file:
        file["snap/halos/pos"] = POSITIONS
        file["snap/halos/mass"] = MASS
        file["snap"].attrs["z"] = np.array([0.25], np.float32)
        file.create_group("Header").attrs["BoxSize"] = [10.0, 20.0, 30.0]
    declared = {"group": "snap/halos", "redshift": "z", "boxsize": "Header/BoxSize"}
    halos = check(tmp_path / "a", **declared)
    assert halos.redshift == 0.25
    assert halos.boxsize.tolist() == [10, 20, 30]
    nested = {"position": "halos/pos", "mass": "halos/mass", "group": "snap"}
    check(tmp_path / "a", **nested)


def test_hdf5_compound_tables_are_pointed_out(tmp_path):
    with h5py.File(tmp_path / "a", "w") as file:
        file["snap/halos"] = np.zeros(4, [("pos", "f4", 3), ("mass", "f4")])
    with pytest.raises(CatalogError, match="set group to one of snap/halos"):
        catalogs.read(tmp_path / "a", columns=COLUMNS)


def test_npz_never_unpickles(tmp_path):
    with (tmp_path / "a").open("wb") as file:
        np.savez(file, pos=np.array([{}] * 4, dtype=object), mass=MASS)
    with pytest.raises(CatalogError, match="cannot be read as an npz file"):
        catalogs.read(tmp_path / "a", columns=COLUMNS)


@pytest.mark.parametrize("kind", ["hdf5 S", "hdf5 O", "parquet O", "npz U", "npz S"])
def test_words_tell_satellites_and_can_be_saved(tmp_path, kind):
    words = np.array(["cen", "sat", "sat", "cen"])
    columns = {"pos": POSITIONS, "mass": MASS, "kind": words.astype("S3" if "S" in kind else "U3")}
    if kind.startswith("hdf5"):
        with h5py.File(tmp_path / "a", "w") as file:
            file.update(columns | {"kind": words.astype(kind[-1])})
    elif kind.startswith("parquet"):
        parquet.write_table(pa.table(columns | {"pos": POSITIONS.tolist()}), tmp_path / "a")
    else:
        with (tmp_path / "a").open("wb") as file:
            np.savez(file, **columns)
    halos = check(tmp_path / "a", is_satellite={"column": "kind", "equal": "sat"}, extra=["kind"])
    assert halos.is_satellite.tolist() == [False, True, True, False]
    halos.save(tmp_path / "b")
    assert catalogs.read(tmp_path / "b").extra["kind"].tolist() == words.tolist()
