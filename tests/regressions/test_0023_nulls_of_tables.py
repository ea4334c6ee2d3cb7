"""What marks a missing value in a file used to be read as a value (FITS: TNULL; lists; masks)."""

import h5py
import numpy as np
import pyarrow as pa
import pytest
from astropy.io import fits
from astropy.table import MaskedColumn, Table
from pyarrow import parquet

from halograd import catalogs
from halograd.catalogs import CatalogError

N = 4
COLUMNS = {
    "position": ["x", "y", "z"],
    "position_unit": "Mpc/h",
    "mass": "mass",
    "mass_unit": "Msun/h",
    "boxsize": 10.0,
    "redshift": 0.0,
    "halo_id": "id",
    "is_satellite": "sat",
    "extra": ["spin", "name"],
}


def table(name, mask):
    columns = {axis: np.linspace(1.0, 9.0, N) for axis in "xyz"} | {
        "mass": np.full(N, 1e13),
        "id": np.arange(N),
        "sat": np.array([True, False, True, False]),
        "spin": np.arange(N, dtype=np.int32),
        "name": np.array(["aa", "bb", "cc", "dd"]),
    }
    return Table(columns | {name: MaskedColumn(columns[name], mask=mask)})


WRITERS = {
    "fits": lambda rows, path: rows.write(path, format="fits"),
    "ecsv": lambda rows, path: rows.write(path, format="ascii.ecsv"),
    "parquet": lambda rows, path: rows.write(path, format="parquet"),
    "hdf5": lambda rows, path: rows.write(path, format="hdf5", path="t", serialize_meta=True),
}


# Truth values have no mask in FITS as astropy writes it.
CASES = [(format, name) for format in WRITERS for name in ("x", "mass", "id", "sat", "spin")]
CASES.remove(("fits", "sat"))


@pytest.mark.parametrize(("format", "name"), CASES)
def test_a_column_with_a_mask(tmp_path, format, name):
    path = tmp_path / "halos"
    WRITERS[format](table(name, [False, True, False, False]), path)
    columns = COLUMNS | ({"group": "t"} if format == "hdf5" else {})
    # An undefined floating-point number is NaN in FITS.
    match = rf"'?{name}'?.*( null | empty cells|NaN)|1 values of '{name}' are null"
    with pytest.raises(CatalogError, match=match):
        catalogs.read(path, columns=columns)


@pytest.mark.parametrize("format", WRITERS)
def test_a_column_with_a_mask_that_hides_nothing(tmp_path, format):
    path = tmp_path / "halos"
    WRITERS[format](table("id", [False] * N), path)
    columns = COLUMNS | ({"group": "t"} if format == "hdf5" else {})
    halos = catalogs.read(path, columns=columns)
    assert halos.halo_id.tolist() == [0, 1, 2, 3]
    assert halos.is_satellite.tolist() == [True, False, True, False]


def test_the_null_of_unsigned_integers_in_fits(tmp_path):
    column = fits.Column("id", "J", bzero=2**31, null=7 - 2**31, array=np.array([1, 7, 8, 9], "u4"))
    others = fits.BinTableHDU(table("x", [False] * N)).columns
    rows = [entry for entry in others if entry.name != "id"] + [column]
    fits.BinTableHDU.from_columns(rows).writeto(tmp_path / "halos.fits")
    with pytest.raises(CatalogError, match="1 values of 'id' are null"):
        catalogs.read(tmp_path / "halos.fits", columns=COLUMNS)


def test_truth_values_of_fits_that_are_neither(tmp_path):
    path = tmp_path / "halos.fits"
    table("x", [False] * N).write(path)
    with fits.open(path, mode="update") as file:
        file[1].data.view(np.ndarray)["sat"][2] = 0
    with pytest.raises(CatalogError, match="1 values of 'sat' are null"):
        catalogs.read(path, columns=COLUMNS)


@pytest.mark.parametrize("kind", [pa.list_, pa.large_list])
def test_nulls_within_lists_of_parquet(tmp_path, kind):
    points = [[1.0, 2.0, 3.0], [1.0, None, 3.0]]
    rows = {
        "pos": pa.array(points, kind(pa.float64())),
        "mass": pa.array([1e12, 1e13]),
    }
    parquet.write_table(pa.table(rows), tmp_path / "halos.parquet")
    columns = {"position": "pos", "extra": [], "is_satellite": None, "halo_id": None}
    with pytest.raises(CatalogError, match="1 values of 'pos' are null"):
        catalogs.read(tmp_path / "halos.parquet", columns=COLUMNS | columns)


def write_hdf5(path, **changes):
    plain = table("x", [False] * N)
    with h5py.File(path, "w") as file:
        for name in plain.colnames:
            values = np.asarray(plain[name])
            file[name] = changes.get(
                name, values.astype("S") if values.dtype.kind == "U" else values
            )
    return path


def test_the_fill_value_of_netcdf(tmp_path):
    path = write_hdf5(tmp_path / "halos.nc", spin=np.array([1, -99, 3, -99]))
    with h5py.File(path, "a") as file:
        file["spin"].attrs["_FillValue"] = np.int64(-99)
    with pytest.raises(CatalogError, match="2 values of 'spin' are null"):
        catalogs.read(path, columns=COLUMNS)


def test_chunks_that_were_never_written(tmp_path):
    path = write_hdf5(tmp_path / "halos.h5")
    with h5py.File(path, "a") as file:
        del file["x"]
        file.create_dataset("x", (N,), "f8", chunks=(2,))[:2] = 1.0
    with pytest.raises(CatalogError, match="declares 2 chunks, but 1 are in the file"):
        catalogs.read(path, columns=COLUMNS)


def test_a_virtual_dataset_without_its_source(tmp_path):
    write_hdf5(tmp_path / "part.h5")
    path = write_hdf5(tmp_path / "halos.h5")
    layout = h5py.VirtualLayout((N,), "f8")
    layout[:] = h5py.VirtualSource("part.h5", "x", (N,))
    with h5py.File(path, "a") as file:
        del file["x"]
        file.create_virtual_dataset("x", layout)
    assert len(catalogs.read(path, columns=COLUMNS)) == N
    (tmp_path / "part.h5").unlink()
    with pytest.raises(CatalogError, match=r"keeps its data in part.h5, which is not there"):
        catalogs.read(path, columns=COLUMNS)
