import gc
import shutil
import sys

import numpy as np
import pytest

from halograd import catalogs
from halograd.catalogs import CatalogError, summarize
from halograd.catalogs.compaso import has_particles, read_compaso
from halograd.catalogs.read_options import ReadOptions


@pytest.fixture(scope="module")
def snapshot(shared_data):
    pytest.importorskip("abacusnbody", reason="abacusutils is not installed")
    return shared_data / "abacus_mini" / "Mini_N64_L32" / "halos" / "z0.000"


@pytest.fixture(scope="module")
def derived(shared_data):
    with np.load(shared_data / "abacus_mini" / "derived" / "halos_cleaned_z0.npz") as file:
        return dict(file)


@pytest.fixture
def copied(snapshot, tmp_path):
    """A copy of the simulation that a test may damage; gives its snapshot."""
    shutil.copytree(snapshot.parents[2], tmp_path / "sims", copy_function=shutil.copyfile)
    for item in [tmp_path / "sims", *(tmp_path / "sims").rglob("*")]:
        item.chmod(0o755)
    return tmp_path / "sims" / "Mini_N64_L32" / "halos" / "z0.000"


def test_cleaned_halos_agree_with_the_derived_table(snapshot, derived):
    halos = catalogs.read(snapshot)
    kept = derived["N"] > 0
    assert (len(kept), len(halos)) == (381, 380)
    mass = derived["N"][kept] * derived["mass_particle_Msunh"]
    np.testing.assert_allclose(10**halos.log_mpeak, mass, rtol=1e-12)
    np.testing.assert_array_equal(halos.positions, derived["x_L2com"][kept].astype(float) + 16)
    np.testing.assert_array_equal(halos.velocities, derived["v_L2com"][kept])
    np.testing.assert_array_equal(halos.halo_id, derived["id"][kept])
    np.testing.assert_array_equal(halos.extra["n_particle"], derived["N"][kept])
    assert not halos.is_satellite.any()
    assert halos.boxsize.tolist() == [32.0] * 3
    assert halos.redshift == 0.0
    assert (halos.cosmology.omega_m, halos.cosmology.h) == (0.315192, 0.6736)
    assert halos.provenance["dropped"] == "1 halo(s) without particles after cleaning"
    assert halos.particles is None


def test_the_derived_table_through_a_column_map(snapshot, shared_data):
    derived = shared_data / "abacus_mini" / "derived" / "halos_cleaned_z0.npz"
    columns = {
        "position": "x_L2com",
        "position_unit": "Mpc/h",
        "origin": -16,
        "boxsize": "BoxSize",
        "mass": "N",
        "mass_unit": 1.088239739e10,
        "min_mass": 1,
        "redshift": 0,
    }
    halos, table = catalogs.read(snapshot), catalogs.read(derived, columns=columns)
    np.testing.assert_array_equal(table.positions, halos.positions)
    np.testing.assert_allclose(table.log_mpeak, halos.log_mpeak, rtol=1e-14)


def test_uncleaned_halos_are_all_there(snapshot):
    halos = catalogs.read(snapshot, clean=False)
    assert len(halos) == 381
    assert halos.extra["n_particle"].min() == 35
    assert "dropped" not in halos.provenance


def test_all_the_particles(snapshot, shared_data):
    halos = catalogs.read(snapshot, particles=True)
    with np.load(shared_data / "abacus_mini" / "derived" / "particles_z0.npz") as file:
        positions = file["pos"].astype(float) + 16
    assert len(halos.particles) == 64**3
    distance = np.abs(halos.particles.positions - positions)
    assert np.minimum(distance, 32 - distance).max() < 1e-12
    # The header's smooth component (neutrinos) is not in the particles, and Abacus's critical
    # density is lower by 3e-4 than the one of CODATA's G.
    density = summarize(halos)["particle_matter_density"]
    matter = halos.cosmology.mean_matter_density
    assert density == pytest.approx(matter * (1 - 0.00142 / 0.315192), rel=5e-4)


def test_subsamples_stand_for_all_the_matter_without_time_slices(copied):
    full = catalogs.read_particles(copied)
    shutil.rmtree(copied.parents[1] / "slices")
    subsample = catalogs.read_particles(copied)
    assert len(subsample) == 26284
    assert subsample.masses.sum() == pytest.approx(full.masses.sum(), rel=1e-12)


@pytest.mark.slow
@pytest.mark.parametrize("batch", [1, 1 << 28])
def test_a_mass_cut_while_reading(snapshot, monkeypatch, batch):
    whole, seen = catalogs.read(snapshot), []
    monkeypatch.setattr("halograd.catalogs.compaso._BATCH", batch)
    limit = 10.0 ** np.median(whole.log_mpeak)
    options = ReadOptions(min_mass=limit, progress=lambda *step: seen.append(step))
    halos = read_compaso(snapshot, options)
    kept = 10.0**whole.log_mpeak >= limit * (1 - 1e-12)
    np.testing.assert_array_equal(halos.halo_id, whole.halo_id[kept])
    np.testing.assert_array_equal(halos.positions, whole.positions[kept])
    empty, light = halos.provenance["dropped"].split("; ")
    assert empty == "1 halo(s) without particles after cleaning"
    assert light.startswith(f"{380 - len(halos)} of 381 rows, below min_mass")
    assert seen == ([(1, 3), (2, 3), (3, 3)] if batch == 1 else [(3, 3)])


def test_another_box_than_the_header_is_refused(snapshot):
    with pytest.raises(CatalogError, match=r"declares boxsize = 32\.0, but 33\.0 was given"):
        read_compaso(snapshot, ReadOptions(boxsize=33.0))


def test_the_halo_info_folder_stands_for_the_snapshot(snapshot, assert_identical):
    assert_identical(catalogs.read(snapshot / "halo_info"), catalogs.read(snapshot))


# abacusutils leaves the other files open when one of them is damaged.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_missing_and_cut_files_are_refused(copied):
    file = copied / "halo_info" / "halo_info_001.asdf"
    content = file.read_bytes()
    file.write_bytes(content[:-1])
    with pytest.raises(CatalogError, match=r"halo_info_001\.asdf: 54270 bytes expected, 54269"):
        catalogs.read(copied)
    file.unlink()
    with pytest.raises(CatalogError, match=r"halo_info_001\.asdf: 54270 bytes expected, no such"):
        catalogs.read(copied)
    (copied / "halo_info" / "checksums.crc32").unlink()
    file.write_bytes(content[: len(content) // 2])
    with pytest.raises(CatalogError, match="cannot be read as a CompaSO catalogue"):
        catalogs.read(copied)
    gc.collect()


def test_missing_particle_files_are_refused(copied):
    slices = copied.parents[1] / "slices" / "z0.000"
    for folder in ("L0_pack9", "field_pack9"):
        (slices / folder / "checksums.crc32").unlink()
    next((slices / "field_pack9").glob("*.asdf")).unlink()
    with pytest.raises(CatalogError, match="but the header declares 262144"):
        catalogs.read(copied, particles=True)
    shutil.rmtree(slices / "field_pack9")
    with pytest.raises(CatalogError, match="no particle files here"):
        catalogs.read(copied, particles=True)


def test_without_cleaning_files_the_way_out_is_named(copied):
    shutil.rmtree(copied.parents[2] / "cleaning")
    with pytest.raises(CatalogError, match="clean=False"):
        catalogs.read(copied)
    assert len(catalogs.read(copied, clean=False)) == 381


@pytest.mark.parametrize("kept", ["halos/z0.000/field_rv_B", "slices/z0.000"])
def test_particles_beside_the_halos_are_seen(tmp_path, monkeypatch, kept):
    snapshot = tmp_path / "halos" / "z0.000"
    (snapshot / "halo_info").mkdir(parents=True)
    assert not has_particles(snapshot)
    (tmp_path / kept).mkdir(parents=True)
    assert has_particles(snapshot)
    assert has_particles(snapshot / "halo_info")
    assert not has_particles(tmp_path)
    monkeypatch.chdir(snapshot.parent)
    assert has_particles(type(snapshot)("z0.000"))


def test_a_light_cone_is_refused(tmp_path):
    (tmp_path / "lc_halo_info.asdf").write_bytes(b"#ASDF 1.0.0\n")
    with pytest.raises(CatalogError, match="a light cone is not a periodic box"):
        catalogs.read(tmp_path)


def test_without_abacusutils_the_extra_is_named(tmp_path, monkeypatch):
    (tmp_path / "halo_info").mkdir()
    monkeypatch.setitem(sys.modules, "abacusnbody", None)
    monkeypatch.setitem(sys.modules, "abacusnbody.data.compaso_halo_catalog", None)
    with pytest.raises(CatalogError, match=r"pip install halograd\[abacus\]"):
        catalogs.read(tmp_path)
