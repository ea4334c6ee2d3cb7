import gzip
import subprocess
import sys

import numpy as np
import pytest

from halograd import catalogs
from halograd.catalogs import CatalogError, HaloCatalog

COLUMNS = {
    "position": ["x", "y", "z"],
    "position_unit": "Mpc/h",
    "mass": "m",
    "mass_unit": "Msun/h",
    "boxsize": 10,
    "redshift": 0,
}
TEXT = "x,y,z,m\n1,2,3,1e12\n"


@pytest.fixture
def saved(tmp_path):
    halos = HaloCatalog(positions=np.ones((2, 3)), log_mpeak=[12, 13], boxsize=10, redshift=0)
    halos.save(tmp_path / "halos.txt")
    return tmp_path / "halos.txt"


def test_the_content_decides_not_the_name(saved, tmp_path):
    assert len(catalogs.read(saved)) == 2
    (tmp_path / "halos.h5").write_text(TEXT)
    assert len(catalogs.read(tmp_path / "halos.h5", columns=COLUMNS)) == 1


def test_a_halograd_file_can_be_read_as_a_table(saved):
    columns = COLUMNS | {"position": "positions", "mass": "log_mpeak", "mass_is_log10": True}
    assert catalogs.read(saved, "hdf5", columns=columns).log_mpeak.tolist() == [12, 13]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is empty"),
        (b"\n \n", "the file is empty"),
        (b"\x00\x01\x02" * 50, "not a format known here"),
        (b"caf\xe9 " * 50, "not a format known here"),
        (gzip.compress(b"x,y,z\n", mtime=0), "compressed by gzip"),
        (b"#ASDF 1.0.0\n", "give the folder of the snapshot"),
        (b"\x93NUMPY\x01\x00", "save its columns by name"),
    ],
)
def test_files_of_no_known_format(tmp_path, content, message):
    (tmp_path / "halos").write_bytes(content)
    with pytest.raises(CatalogError, match=message):
        catalogs.read(tmp_path / "halos", columns=COLUMNS)


def test_words_beyond_ascii_are_text(tmp_path):
    for shift in range(4):
        comment = "# " + "x" * shift + "é" * 3000 + "\n"
        (tmp_path / "halos").write_text(comment + TEXT, encoding="utf-8")
        assert len(catalogs.read(tmp_path / "halos", columns=COLUMNS)) == 1


@pytest.mark.parametrize("format", [None, "csv", "halograd"])
@pytest.mark.parametrize("reader", [catalogs.read, catalogs.read_particles])
def test_no_such_file(tmp_path, format, reader):
    with pytest.raises(CatalogError, match="no such file or folder"):
        reader(tmp_path / "halos", format, columns=COLUMNS)


def test_a_folder_that_is_no_snapshot(tmp_path):
    with pytest.raises(CatalogError, match="a folder without halo_info"):
        catalogs.read(tmp_path)


def test_an_unknown_format_names_the_nearest(saved):
    with pytest.raises(CatalogError, match=r"format must be one of .*did you mean 'parquet'"):
        catalogs.read(saved, "parket")


def test_the_wrong_format_is_an_error(saved):
    for format in ("parquet", "fits", "npz", "csv", "ecsv"):
        with pytest.raises(CatalogError, match=r"halos\.txt"):
            catalogs.read(saved, format, columns=COLUMNS)


def test_options_that_do_not_apply(saved, tmp_path):
    (tmp_path / "table").write_text(TEXT)
    with pytest.raises(CatalogError, match="does not say what its columns are: give columns"):
        catalogs.read(tmp_path / "table")
    with pytest.raises(CatalogError, match="use read_particles"):
        catalogs.read(tmp_path / "table", columns=COLUMNS, particles=True)
    with pytest.raises(CatalogError, match="declares its own columns; omit columns"):
        catalogs.read(saved, columns=COLUMNS)
    with pytest.raises(CatalogError, match="was saved without particles"):
        catalogs.read_particles(saved)


def test_importing_loads_no_file_library():
    heavy = {"abacusnbody", "astropy", "h5py", "pyarrow"}
    command = f"import sys, halograd.catalogs; print(*{heavy} & {{*sys.modules}})"
    shown = subprocess.run([sys.executable, "-c", command], capture_output=True, check=True)
    assert shown.stdout.split() == []
