import h5py
import numpy as np
import pytest

from halograd import catalogs
from halograd.catalogs import CatalogError

ANSWER = """\
#OK
#SQL= select galaxyId, fofCentralId, type, x, y, z, velX, velY, velZ, mvir, redshift from t
#MAXROWS UNLIMITED
#QUERYTIMEOUT 420 sec
#COLUMN 1 name=galaxyId JDBC_TYPE=-5 JDBC_TYPENAME=bigint
galaxyId,fofCentralId,type,x,y,z,velX,velY,velZ,mvir,redshift
1000000000000,1000000000000,0,1.5,2.5,3.5,10,20,30,100.0,0.5085914
1000000000001,1000000000000,1,1.6,2.5,3.5,11,21,31,10.0,0.5085914
1000000000002,1000000000000,2,1.7,2.5,3.5,12,22,32,0.0,0.5085914
"""


@pytest.fixture(scope="module")
def real(shared_data):
    """9265 objects of the mini-Millennium simulation at z = 0, one file of eight."""
    return shared_data / "mini_millennium" / "model_000.hdf5"


@pytest.fixture
def write(tmp_path):
    """Writes an answer of the database and gives its path."""

    def write_text(text):
        (tmp_path / "answer.csv").write_text(text)
        return tmp_path / "answer.csv"

    return write_text


def test_a_real_snapshot(real):
    halos = catalogs.read(real, boxsize=62.5, redshift=0)
    with h5py.File(real) as file:
        rows = file["Snap063/Galaxies"][:]
    mass = np.where(rows["Type"] == 0, rows["Mvir"], rows["infallMvir"])
    rows, mass = rows[mass > 0], mass[mass > 0]
    np.testing.assert_array_equal(halos.positions, rows["Pos"])
    np.testing.assert_array_equal(halos.velocities, rows["Vel"])
    np.testing.assert_allclose(10**halos.log_mpeak, mass * 1e10, rtol=1e-6)
    np.testing.assert_array_equal(halos.extra["type"], rows["Type"])
    np.testing.assert_array_equal(halos.is_satellite, rows["Type"] != 0)
    assert halos.provenance["massless"] == "94 rows without a mass, dropped"
    hosts = halos.host_index
    assert (hosts >= 0).all()
    assert not halos.is_satellite[hosts].any()
    np.testing.assert_array_equal(halos.halo_id[hosts], rows["CentralHaloIndex"])
    assert halos.mass_proxy == "Mvir (infallMvir for satellites)"


def test_a_mass_cut_while_reading_is_one_after(real):
    whole = catalogs.read(real, boxsize=62.5, redshift=0)
    cut = catalogs.read(real, boxsize=62.5, redshift=0, min_mass=1e11)
    heavy = whole[whole.log_mpeak >= 11]
    np.testing.assert_array_equal(cut.halo_id, heavy.halo_id)
    np.testing.assert_array_equal(cut.host_index, heavy.host_index)
    assert cut.provenance["dropped"].startswith(f"{len(whole) - len(cut)} of {len(whole)} rows")


def test_what_the_snapshot_leaves_open(real):
    with pytest.raises(CatalogError, match="does not declare boxsize"):
        catalogs.read(real)
    with pytest.raises(CatalogError, match="does not declare redshift"):
        catalogs.read(real, boxsize=62.5)
    with pytest.raises(CatalogError, match="outside the box"):
        catalogs.read(real, boxsize=31, redshift=0)


def test_a_snapshot_that_lacks_rows(real, tmp_path):
    with h5py.File(real) as source, h5py.File(tmp_path / "cut.hdf5", "w") as file:
        file["Snap063/Galaxies"] = source["Snap063/Galaxies"][:100]
        file["Snap063/Galaxies"].attrs["TotHalosPerSnap"] = 9265
        file["Snap040/Galaxies"] = source["Snap063/Galaxies"][:100]
    with pytest.raises(CatalogError, match=r"found /Snap040/Galaxies, /Snap063/Galaxies"):
        catalogs.read(tmp_path / "cut.hdf5", boxsize=62.5, redshift=0)
    with h5py.File(tmp_path / "cut.hdf5", "a") as file:
        del file["Snap040"]
    with pytest.raises(CatalogError, match="has 100 rows, but declares 9265"):
        catalogs.read(tmp_path / "cut.hdf5", boxsize=62.5, redshift=0)


def test_an_answer_of_the_database(write):
    halos = catalogs.read(write(ANSWER), boxsize=500)
    assert halos.positions.tolist() == [[1.5, 2.5, 3.5], [1.6, 2.5, 3.5]]
    assert halos.velocities.tolist() == [[10, 20, 30], [11, 21, 31]]
    np.testing.assert_allclose(halos.log_mpeak, [12, 11])
    assert halos.is_satellite.tolist() == [False, True]
    assert halos.host_index.tolist() == [0, 0]
    assert halos.halo_id.tolist() == [10**12, 10**12 + 1]
    assert halos.redshift == 0.5085914
    assert halos.mass_proxy == "Mvir"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (",mvir,", ",mass,", "the table has no mvir"),
        ("x,y,z", "x,y,zz", "the table has no pos"),
        ("10.0,0.5085914", "10.0,0.1", "several snapshots .* by snapnum"),
        ("1,1.6", "1,wide", "x must be numbers, but row 2 has 'wide'"),
        ("1000000000001,", "1.5,", "halo_id must be whole numbers"),
        ("10.0,", "nan,", "must be finite"),
    ],
)
def test_answers_that_are_refused(write, old, new, message):
    assert old in ANSWER
    path = write(ANSWER.replace(old, new))
    with pytest.raises(CatalogError, match=message) as error:
        catalogs.read(path, boxsize=500)
    assert str(path) in str(error.value)
