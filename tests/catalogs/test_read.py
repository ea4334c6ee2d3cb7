import gzip
import subprocess
import sys

import numpy as np
import pytest

from halograd import catalogs
from halograd.catalogs import CatalogError, Cosmology, HaloCatalog
from halograd.registries import FORMATS
from oracles.rockstar_text import OUT_HEADER, out_row

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
        (gzip.compress(b"", mtime=0), "nothing in this compressed file"),
        (gzip.compress(b"# %ECSV 1.0\n", mtime=0), "ECSV compressed by gzip; decompress it first"),
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


def test_a_column_map_makes_a_table_of_a_list(tmp_path):
    path = tmp_path / "out_0.list"
    path.write_text(OUT_HEADER + out_row(1, mass=1e12))
    by_name = COLUMNS | {"position": ["X", "Y", "Z"], "mass": "Mvir", "boxsize": "Box size"}
    assert catalogs.read(path).mass_proxy.startswith("Mvir (now")
    assert catalogs.read(path, columns=by_name).mass_proxy == "Mvir"
    with pytest.raises(CatalogError, match="declares its own columns; omit columns"):
        catalogs.read(path, "rockstar", columns=by_name)


def test_the_caller_completes_a_table(tmp_path):
    path = tmp_path / "halos.csv"
    path.write_text(TEXT)
    columns = {key: COLUMNS[key] for key in ("position", "position_unit", "mass", "mass_unit")}
    given = {"boxsize": 10, "redshift": 0.5, "cosmology": Cosmology(omega_m=0.3, h=0.7)}
    halos = catalogs.read(path, columns=columns, **given)
    assert (halos.boxsize[0], halos.redshift, halos.cosmology) == tuple(given.values())
    in_mpc = catalogs.read(path, columns=columns | {"position_unit": "Mpc"}, **given)
    np.testing.assert_allclose(in_mpc.positions, 0.7 * halos.positions)
    with pytest.raises(CatalogError, match="does not declare redshift: add redshift"):
        catalogs.read(path, columns=columns, boxsize=10)
    with pytest.raises(CatalogError, match=r"redshift = 0.0, but 0.5 was given; omit redshift"):
        catalogs.read(path, columns=columns | {"redshift": 0}, **given)
    particles = catalogs.read_particles(path, columns=columns, boxsize=10)
    assert particles.masses.tolist() == [1e12]


def test_a_mass_limit_in_any_unit(tmp_path):
    path = tmp_path / "halos.csv"
    path.write_text("x,y,z,m\n1,2,3,100\n1,2,3,10\n1,2,3,1\n")
    columns = COLUMNS | {"mass_unit": "1e10 Msun/h"}
    halos = catalogs.read(path, columns=columns, min_mass=9.9e10)
    np.testing.assert_allclose(halos.log_mpeak, [12, 11])
    assert halos.provenance["dropped"] == "1 of 3 rows, below min_mass"
    # Of two limits, the map's in its own unit and the caller's, the higher one counts.
    assert len(catalogs.read(path, columns=columns | {"min_mass": 50}, min_mass=9.9e10)) == 1


def test_a_saved_catalogue_is_held_against_what_is_declared(saved):
    cosmology = Cosmology(omega_m=0.3, h=0.7)
    halos = catalogs.read(saved, boxsize=10, redshift=0, cosmology=cosmology, min_mass=5e12)
    assert halos.log_mpeak.tolist() == [13]
    assert halos.cosmology == cosmology
    assert halos.provenance["dropped"] == "1 of 2 rows, below min_mass"
    with pytest.raises(CatalogError, match="but 20 was given; omit boxsize"):
        catalogs.read(saved, boxsize=20)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"boxsize": 0}, "boxsize must be one number above 0, got 0"),
        ({"boxsize": [1, 2, 3]}, "boxsize must be one number"),
        ({"redshift": -1}, "redshift must be one number above -1"),
        ({"min_mass": float("nan")}, "min_mass must be finite"),
        ({"cosmology": 0.3}, "cosmology must be a Cosmology"),
        ({"progress": 3}, "progress must be a function"),
    ],
)
def test_impossible_declarations(saved, wrong, message):
    with pytest.raises(CatalogError, match=message):
        catalogs.read(saved, **wrong)


@pytest.mark.parametrize("format", [format for format in FORMATS if format != "compaso"])
def test_every_format_names_a_file_it_cannot_read(tmp_path, format):
    path = tmp_path / "halos_1.0.bin"
    path.write_bytes(b"\x01\x02 nothing of the kind\n" * 3)
    columns = COLUMNS if format in ("hdf5", "parquet", "fits", "csv", "ecsv", "npz") else None
    with pytest.raises(CatalogError) as error:
        catalogs.read(path, format, columns=columns, boxsize=10)
    assert str(path) in str(error.value)


def test_what_the_schema_refuses_names_the_file(tmp_path):
    path = tmp_path / "halos.csv"
    path.write_text("x,y,z,m\n1,2,300,1e12\n")
    with pytest.raises(CatalogError, match=r"halos\.csv: positions must lie in"):
        catalogs.read(path, columns=COLUMNS)


def test_importing_loads_no_file_library():
    heavy = {"abacusnbody", "asdf", "astropy", "h5py", "opencosmo", "pandas", "pyarrow"}
    command = f"import sys, halograd.catalogs; print(*{heavy} & {{*sys.modules}})"
    shown = subprocess.run([sys.executable, "-c", command], capture_output=True, check=True)
    assert shown.stdout.split() == []
