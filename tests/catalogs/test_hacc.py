import h5py
import numpy as np
import pytest

from halograd.catalogs import CatalogError, Cosmology
from halograd.catalogs.hacc import is_hacc, read_hacc
from halograd.catalogs.read_options import ReadOptions
from oracles.hacc_file import write_cores, write_opencosmo
from oracles.known_halos import BOXSIZE, N_S, OMEGA_B, OMEGA_M, REDSHIFT, SIGMA_8, H, known_halos

HALOS = known_halos()
FLAT = Cosmology(omega_m=OMEGA_M, h=H, omega_b=OMEGA_B, sigma8=SIGMA_8, n_s=N_S)
DECLARED = {"boxsize": BOXSIZE, "redshift": REDSHIFT}


@pytest.fixture
def halo_file(tmp_path):
    # Text of fixed length spares the trial by another process.
    return write_opencosmo(tmp_path / "haloproperties.hdf5", HALOS, np.bytes_)


@pytest.fixture
def core_file(tmp_path):
    return write_cores(tmp_path / "m000p-498.corepropertiesextend.hdf5", HALOS)


def read(path, **options):
    return read_hacc(path, ReadOptions(**options))


def change(path, place, name, value):
    with h5py.File(path, "a") as file:
        if value is None:
            del file[place].attrs[name]
        else:
            file[place].attrs[name] = value


def test_every_number_of_the_halo_properties(halo_file):
    halos = read(halo_file)
    np.testing.assert_array_equal(halos.positions, HALOS.positions)
    np.testing.assert_allclose(halos.velocities, HALOS.velocities, rtol=1e-6)
    np.testing.assert_array_equal(halos.log_mpeak, np.log10(HALOS.mass))
    np.testing.assert_array_equal(halos.halo_id, HALOS.halo_id)
    np.testing.assert_array_equal(halos.host_index, np.arange(60))
    heavy = HALOS.mass > np.median(HALOS.mass)
    sod_mass = np.where(heavy, HALOS.mass / 2, -101)
    np.testing.assert_array_equal(halos.extra["sod_halo_mass"], sod_mass)
    assert not halos.is_satellite.any()
    assert (halos.redshift, halos.boxsize.tolist()) == (REDSHIFT, [BOXSIZE] * 3)
    assert halos.cosmology == FLAT
    assert halos.mass_proxy == "FOF mass (b = 0.168, now; no Mpeak and no subhalos)"


def test_text_of_variable_length(halo_file, tmp_path):
    real = write_opencosmo(tmp_path / "real.hdf5", HALOS)
    np.testing.assert_array_equal(read(real).positions, read(halo_file).positions)


# As a hole in a download leaves it; HDF5 walks such text for ever.
@pytest.mark.slow
def test_a_hole_in_the_text_is_refused(tmp_path, monkeypatch):
    path = write_opencosmo(tmp_path / "haloproperties.hdf5", HALOS)
    content = bytearray(path.read_bytes())
    heap = content.index(b"GCOL")
    content[heap + 16 : heap + 512] = bytes(496)
    path.write_bytes(content)
    monkeypatch.setattr("halograd.catalogs.hdf5_trial.TIMEOUT", 3.0)
    with pytest.raises(CatalogError, match=r"haloproperties\.hdf5: the text in this file is damag"):
        read(path)


def test_every_number_of_the_cores(core_file):
    halos = read(core_file, **DECLARED, cosmology=FLAT)
    np.testing.assert_array_equal(halos.positions, HALOS.positions)
    np.testing.assert_allclose(halos.velocities, HALOS.velocities, rtol=1e-6)
    np.testing.assert_array_equal(halos.log_mpeak, np.log10(HALOS.mass))
    np.testing.assert_array_equal(halos.halo_id, HALOS.halo_id)
    np.testing.assert_array_equal(halos.is_satellite, HALOS.satellite)
    np.testing.assert_array_equal(halos.host_index, HALOS.host)
    assert halos.mass_proxy == "tree-node mass at infall (now for centrals)"
    assert halos.cosmology is FLAT


def test_merged_cores_and_light_rows_are_dropped_and_counted(tmp_path):
    merged = HALOS.satellite & (np.arange(60) % 3 == 0)
    path = write_cores(tmp_path / "cores.hdf5", HALOS, merged)
    limit = float(np.median(HALOS.mass))
    halos = read(path, **DECLARED, min_mass=limit)
    heavy = HALOS.mass >= limit
    kept = heavy & ~merged
    np.testing.assert_array_equal(halos.halo_id, HALOS.halo_id[kept])
    assert halos.provenance["merged"].startswith(f"{np.count_nonzero(heavy & merged)} cores")
    assert halos.provenance["dropped"].startswith(f"{np.count_nonzero(~heavy)} of 60 rows")
    hosts = np.where(kept, np.cumsum(kept) - 1, -1)[HALOS.host[kept]]
    assert (hosts == -1).any()
    np.testing.assert_array_equal(halos.host_index, hosts)


def test_light_halos_are_dropped_and_counted(halo_file):
    limit = float(np.median(HALOS.mass))
    halos = read(halo_file, min_mass=limit)
    np.testing.assert_array_equal(halos.halo_id, HALOS.halo_id[HALOS.mass >= limit])
    assert "30 of 60 rows" in halos.provenance["dropped"]
    assert len(read(halo_file, min_mass=1e19)) == 0


@pytest.mark.parametrize("kind", ["halos", "cores"])
def test_reading_in_pieces_changes_nothing(
    halo_file, core_file, monkeypatch, assert_identical, kind
):
    path, declared = (halo_file, {}) if kind == "halos" else (core_file, DECLARED)
    want, seen = read(path, **declared), []
    monkeypatch.setattr("halograd.catalogs.hdf5_column.ROWS", 7)
    assert_identical(read(path, **declared, progress=lambda *step: seen.append(step)), want)
    assert seen == [(min(7 * k, 60), 60) for k in range(1, 10)]


def test_centres_past_a_face_of_the_box_are_wrapped(halo_file):
    with h5py.File(halo_file, "a") as file:
        file["data/fof_halo_center_x"][:2] = [-0.5, BOXSIZE + 0.25]
    assert read(halo_file).positions[:2, 0].tolist() == [BOXSIZE - 0.5, 0.25]


def test_a_collection_of_linked_datasets(halo_file, assert_identical):
    want = read(halo_file)
    with h5py.File(halo_file, "a") as file:
        file.move("data", "halo_properties/data")
        file.move("header", "halo_properties/header")
    assert_identical(read(halo_file), want)
    assert is_hacc(halo_file)


@pytest.mark.parametrize(
    ("place", "name", "value", "message"),
    [
        ("header/file", "data_type", "galaxy_properties", "holds galaxy_properties, not halo"),
        ("header/file", "is_lightcone", True, "a light cone is not a periodic box"),
        ("header/file", "unit_convention", "physical", "units are 'physical'.*'scalefree'"),
        ("header/file", "redshift", None, "header/file does not declare redshift"),
        ("header/file", "region_radius", 5.0, "covers a region of the box only"),
        ("header/simulation/parameters", "box_size", None, "does not declare box_size"),
        ("header/simulation/parameters", "box_size", np.nan, "box_size .* must be a number"),
        ("header/simulation/cosmology", "omega_m", None, "does not declare omega_m"),
        ("data/fof_halo_mass", "unit", "Msun", "is in 'Msun', and must be in Msun/h"),
        ("data/fof_halo_center_y", "unit", None, "center_y does not declare unit"),
        ("data/fof_halo_com_vz", "unit", "m/s", "must be in comoving km/s or km/s"),
    ],
)
def test_what_cannot_be_used_is_named(halo_file, place, name, value, message):
    change(halo_file, place, name, value)
    with pytest.raises(CatalogError, match=rf"haloproperties\.hdf5: .*{message}"):
        read(halo_file)


def test_a_region_that_is_the_whole_box(halo_file):
    change(halo_file, "header/file", "region_p1", np.zeros(3))
    change(halo_file, "header/file", "region_p2", np.full(3, BOXSIZE))
    assert len(read(halo_file)) == 60
    change(halo_file, "header/file", "region_p2", np.full(3, BOXSIZE / 2))
    with pytest.raises(CatalogError, match="covers a region of the box only"):
        read(halo_file)


def test_a_cosmology_that_is_not_flat_is_left_to_the_caller(halo_file):
    change(halo_file, "header/simulation/cosmology", "w_0", -0.9)
    assert read(halo_file).cosmology is None


@pytest.mark.parametrize("name", ["fof_halo_mass", "fof_halo_center_z", "fof_halo_tag"])
def test_a_missing_or_short_column_is_named(halo_file, name):
    with h5py.File(halo_file, "a") as file:
        values, attributes = file[f"data/{name}"][:-1], dict(file[f"data/{name}"].attrs)
        del file[f"data/{name}"]
    with pytest.raises(CatalogError, match=f"/data has no '{name}'; it has"):
        read(halo_file)
    with h5py.File(halo_file, "a") as file:
        file[f"data/{name}"] = values
        file[f"data/{name}"].attrs.update(attributes)
    with pytest.raises(CatalogError, match=r"must have \d+ values, got shape"):
        read(halo_file)


@pytest.mark.parametrize("name", ["boxsize", "redshift"])
def test_cores_need_what_their_file_does_not_declare(core_file, name):
    given = {key: value for key, value in DECLARED.items() if key != name}
    with pytest.raises(CatalogError, match=f"does not declare {name}; give"):
        read(core_file, **given)


def test_a_forest_of_cores_is_refused(tmp_path):
    with h5py.File(tmp_path / "m000p.coreforest.0.hdf5", "w") as file:
        file["data/x"], file["index/root_idx"] = np.ones(3), np.zeros(1, int)
    with pytest.raises(CatalogError, match="a forest of cores holds every snapshot"):
        read(tmp_path / "m000p.coreforest.0.hdf5")


def test_particles_are_refused(halo_file):
    with pytest.raises(CatalogError, match="has no matter particles"):
        read(halo_file, particles=True)


def test_the_format_is_told_from_the_content(halo_file, core_file, tmp_path):
    assert is_hacc(halo_file)
    assert is_hacc(core_file)
    with h5py.File(tmp_path / "other.hdf5", "w") as file:
        file["data/x"] = np.ones(3)
    assert not is_hacc(tmp_path / "other.hdf5")
