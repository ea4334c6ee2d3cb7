import shutil

import h5py
import numpy as np
import pytest

from halograd.catalogs import CatalogError, Cosmology
from halograd.catalogs.gadget import is_gadget, read_gadget
from halograd.catalogs.read_options import ReadOptions
from oracles.gadget_file import COSMOLOGY, grouped, write_catalog, write_snapshot
from oracles.known_halos import BOXSIZE, OMEGA_B, OMEGA_M, REDSHIFT, H, known_halos

HALOS = known_halos()
ORDER = grouped(HALOS).order
PLACE = np.argsort(ORDER)


@pytest.fixture
def folder(tmp_path):
    return write_catalog(tmp_path / "groups_099", HALOS)


@pytest.fixture
def tng(tmp_path):
    return write_catalog(tmp_path / "tng" / "groups_099", HALOS, tng=True)


def read(path, **options):
    return read_gadget(path, ReadOptions(**options))


def part(folder, number):
    return folder / f"fof_subhalo_tab_099.{number}.hdf5"


def change(file, place, name, value):
    with h5py.File(file, "a") as opened:
        if value is None:
            del opened[place].attrs[name]
        else:
            opened[place].attrs[name] = value


def check(halos, rows=ORDER):
    np.testing.assert_allclose(halos.positions, HALOS.positions[rows], rtol=1e-15)
    np.testing.assert_array_equal(halos.velocities, HALOS.velocities[rows])
    np.testing.assert_allclose(halos.log_mpeak, np.log10(HALOS.mass[rows]), rtol=1e-15)
    np.testing.assert_array_equal(halos.is_satellite, HALOS.satellite[rows])
    np.testing.assert_array_equal(halos.halo_id, PLACE[rows])
    np.testing.assert_array_equal(halos.extra["vmax"], HALOS.vmax[rows])
    assert (halos.redshift, halos.boxsize.tolist()) == (REDSHIFT, [BOXSIZE] * 3)
    assert halos.mass_proxy == "SubhaloMass (bound now; Subfind has no Mpeak)"


def test_every_number_of_gadget4(folder):
    halos = read(folder)
    check(halos)
    np.testing.assert_array_equal(halos.host_index, PLACE[HALOS.host[ORDER]])
    assert halos.cosmology == Cosmology(omega_m=OMEGA_M, h=H, omega_b=OMEGA_B)
    assert halos.provenance["units"] == "declared by the file"


def test_every_number_of_tng(tng):
    halos = read(tng, boxsize=BOXSIZE)
    check(halos)
    np.testing.assert_array_equal(halos.host_index, PLACE[HALOS.host[ORDER]])
    assert halos.cosmology == Cosmology(omega_m=OMEGA_M, h=H)
    assert "masses in 1e10 Msun/h" in halos.provenance["units"]


def test_any_file_stands_for_the_set(folder, tmp_path, assert_identical):
    assert_identical(read(part(folder, 1)), read(folder))
    one = write_catalog(tmp_path / "one", HALOS, n_file=1)
    check(read(one))
    check(read(one / "fof_subhalo_tab_099.hdf5"))


def test_units_that_are_not_kpc(folder):
    for number in range(3):
        file = part(folder, number)
        with h5py.File(file, "a") as opened:
            opened["Subhalo/SubhaloPos"][:] /= 1000
            opened["Subhalo/SubhaloVel"][:] /= 2
            opened["Subhalo/SubhaloVmax"][:] /= 2
        change(file, "Header", "BoxSize", BOXSIZE)
        change(file, "Parameters", "UnitLength_in_cm", 3.085678e24)
        change(file, "Parameters", "UnitVelocity_in_cm_per_s", 2e5)
    halos = read(folder)
    np.testing.assert_allclose(halos.positions, HALOS.positions[ORDER], rtol=1e-7)
    np.testing.assert_array_equal(halos.velocities, HALOS.velocities[ORDER])
    np.testing.assert_array_equal(halos.extra["vmax"], HALOS.vmax[ORDER])


def test_groups_where_there_are_no_subhalos(tmp_path):
    halos = read(write_catalog(tmp_path / "groups_099", HALOS, subhalos=False))
    heads = np.flatnonzero(~HALOS.satellite)
    np.testing.assert_allclose(halos.positions, HALOS.positions[heads], rtol=1e-15)
    np.testing.assert_allclose(halos.velocities, HALOS.velocities[heads], rtol=1e-6)
    np.testing.assert_allclose(halos.log_mpeak, np.log10(HALOS.mass[heads]), rtol=1e-15)
    np.testing.assert_array_equal(halos.host_index, np.arange(len(heads)))
    assert not halos.is_satellite.any()
    assert halos.mass_proxy.startswith("GroupMass (FOF mass now")


def test_flagged_and_light_subhalos_are_dropped_and_counted(tng):
    with h5py.File(part(tng, 1), "a") as file:
        file["Subhalo/SubhaloFlag"][3:6] = 0
    limit = float(np.median(HALOS.mass)) * (1 - 1e-9)
    halos = read(tng, boxsize=BOXSIZE, min_mass=limit)
    heavy = HALOS.mass[ORDER] > limit
    flagged = np.isin(np.arange(60), [23, 24, 25])
    kept = heavy & ~flagged
    check(halos, ORDER[kept])
    hosts = np.where(kept, np.cumsum(kept) - 1, -1)[PLACE[HALOS.host[ORDER[kept]]]]
    np.testing.assert_array_equal(halos.host_index, hosts)
    assert halos.provenance["dropped"].startswith(f"{np.count_nonzero(~heavy)} of 60 rows")
    assert halos.provenance["flagged"].startswith(f"{np.count_nonzero(heavy & flagged)} subhalos")
    assert len(read(tng, boxsize=BOXSIZE, min_mass=1e19)) == 0


def test_reading_in_pieces_changes_nothing(folder, monkeypatch, assert_identical):
    want, seen = read(folder), []
    monkeypatch.setattr("halograd.catalogs.hdf5_column.ROWS", 15)
    assert_identical(read(folder, progress=lambda *step: seen.append(step)), want)
    assert seen == [(n, 60) for n in (15, 20, 35, 40, 55, 60)]


@pytest.mark.parametrize("place", ["snapdir_099", "groups_099"])
@pytest.mark.parametrize("n_file", [1, 2])
def test_all_the_matter_of_the_snapshot_beside(folder, place, n_file):
    want = write_snapshot(folder.parent / place, n_file=n_file, tng=True)
    particles = read(folder, particles=True).particles
    np.testing.assert_allclose(particles.positions, want[:, :3], rtol=1e-14)
    np.testing.assert_allclose(particles.masses, want[:, 3], rtol=1e-14)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("BoxSize", 75000.0, "BoxSize = 75000 at redshift 0.25, but .* has 96000 at 0.25"),
        ("Redshift", 0.5, "at redshift 0.5, but"),
        ("NumFilesPerSnapshot", 3, r"declares 3 file\(s\) and 2 are there, part 2 is missing"),
        ("NumPart_Total", np.array([0, 201, 0, 0, 100, 0], "u4"), "hold .*200.* but .*201"),
        ("MassTable", None, "does not declare MassTable"),
    ],
)
def test_a_snapshot_that_does_not_fit_is_refused(folder, name, value, message):
    write_snapshot(folder.parent / "snapdir_099")
    for number in range(2):
        file = folder.parent / "snapdir_099" / f"snap_099.{number}.hdf5"
        change(file, "Header", name, value)
    with pytest.raises(CatalogError, match=message):
        read(folder, particles=True)


def test_without_a_snapshot_the_place_to_put_it_is_named(folder):
    write_snapshot(folder.parent / "snapdir_098")
    with pytest.raises(CatalogError, match=r"no snapshot beside this catalogue, snapdir_099/snap"):
        read(folder, particles=True)


@pytest.mark.parametrize("number", [0, 1, 2])
def test_a_missing_file_is_named(folder, number):
    part(folder, number).unlink()
    message = rf"declares 3 file\(s\) and 2 are there, part {number} is missing"
    with pytest.raises(CatalogError, match=message):
        read(folder)


def test_a_file_of_another_catalogue_is_named(folder, tmp_path):
    other = write_catalog(tmp_path / "other", known_halos(seed=6))
    change(part(other, 2), "Header", "Redshift", 1.0)
    shutil.copyfile(part(other, 2), part(folder, 2))
    with pytest.raises(CatalogError, match=r"099\.2\.hdf5: its header differs from that of"):
        read(folder)


def test_a_file_twice_is_refused(folder, tmp_path):
    uneven = write_catalog(tmp_path / "uneven", known_halos(61, 40))
    shutil.copyfile(part(uneven, 1), part(uneven, 2))
    with pytest.raises(CatalogError, match=r"files hold \d+ groups and \d+ subhalos, but"):
        read(uneven)


@pytest.mark.parametrize(
    ("place", "name", "value", "message"),
    [
        ("Header", "NumFiles", None, "does not declare NumFiles"),
        ("Header", "BoxSize", None, "does not declare BoxSize"),
        ("Header", "BoxSize", -1.0, "BoxSize must be positive"),
        ("Header", "Redshift", None, "does not declare Redshift"),
        ("Header", "Time", 0.5, "Redshift = 0.25 and Time = 0.5, .* disagree"),
        ("Header", "Nsubhalos_ThisFile", None, "declare Nsubhalos_ThisFile or Nsubgroups_ThisFile"),
        ("Header", "Ngroups_ThisFile", -1, "must be a count, got -1"),
        ("Parameters", "UnitMass_in_g", None, "does not declare UnitLength_in_cm and UnitMass"),
        ("Parameters", "UnitMass_in_g", 1.989e47, "masses add up to .* times the matter"),
    ],
)
def test_what_cannot_be_used_is_named(folder, place, name, value, message):
    change(part(folder, 0), place, name, value)
    with pytest.raises(CatalogError, match=rf"099\.0\.hdf5: .*{message}"):
        read(folder)


@pytest.mark.parametrize("boxsize", [None, 2 * BOXSIZE, 1.0])
def test_without_units_the_true_box_must_be_given(tng, boxsize):
    message = "give boxsize in Mpc/h" if boxsize is None else "neither Mpc/h nor kpc/h"
    with pytest.raises(CatalogError, match=message):
        read(tng, boxsize=boxsize)


def test_another_box_than_the_file_declares_is_refused(folder):
    with pytest.raises(CatalogError, match=r"declares boxsize = 96.*, but 75 was given"):
        read(folder, boxsize=75)


@pytest.mark.parametrize("name", ["SubhaloPos", "SubhaloMass", "SubhaloGroupNr"])
def test_a_missing_or_short_dataset_is_named(folder, name):
    with h5py.File(part(folder, 1), "a") as file:
        values = file[f"Subhalo/{name}"][:-1]
        del file[f"Subhalo/{name}"]
    with pytest.raises(CatalogError, match=r"099\.1\.hdf5: /Subhalo has no 'Subhalo.*it has"):
        read(folder)
    with h5py.File(part(folder, 1), "a") as file:
        file[f"Subhalo/{name}"] = values
    with pytest.raises(CatalogError, match=rf"099\.1\.hdf5: /Subhalo/{name} must have 20"):
        read(folder)


def test_a_dataset_of_another_type_is_named(folder):
    with h5py.File(part(folder, 1), "a") as file:
        del file["Subhalo/SubhaloMass"]
        file["Subhalo/SubhaloMass"] = np.full(20, b"heavy")
    with pytest.raises(CatalogError, match="SubhaloMass must be a dataset of numbers"):
        read(folder)


def test_a_dataset_that_was_never_written_is_refused(folder):
    with h5py.File(part(folder, 2), "a") as file:
        del file["Subhalo/SubhaloVel"]
        file.create_dataset("Subhalo/SubhaloVel", (20, 3), "f4")
    with pytest.raises(CatalogError, match="declares 240 bytes, but 0 are in the file"):
        read(folder)


@pytest.mark.parametrize("name", ["Group/GroupFirstSub", "Subhalo/SubhaloGroupNr"])
def test_links_out_of_the_catalogue_are_refused(folder, name):
    with h5py.File(part(folder, 0), "a") as file:
        file[name][1] = 1000
    with pytest.raises(CatalogError, match="do not belong together"):
        read(folder)


def test_an_empty_catalogue_is_refused(folder):
    for number in range(3):
        with h5py.File(part(folder, number), "a") as file:
            for key in ("Ngroups", "Nsubhalos"):
                file["Header"].attrs[f"{key}_ThisFile"] = file["Header"].attrs[f"{key}_Total"] = 0
    with pytest.raises(CatalogError, match="the catalogue is empty"):
        read(folder)


def test_a_folder_of_none_or_several_catalogues(tmp_path, folder):
    with pytest.raises(CatalogError, match="no group catalogue in this folder"):
        read(tmp_path)
    shutil.copyfile(part(folder, 0), folder / "fof_subhalo_tab_098.hdf5")
    with pytest.raises(CatalogError, match=r"several group catalogues \(fof_subhalo_tab_098, "):
        read(folder)
    with pytest.raises(CatalogError, match="no such file or folder"):
        read(folder / "groups_100")


def test_a_cosmology_the_file_lacks_comes_from_the_caller(folder):
    for number in range(3):
        change(part(folder, number), "Parameters", "OmegaLambda", 0.9)
    assert read(folder).cosmology is None
    own = Cosmology(omega_m=COSMOLOGY["Omega0"], h=H)
    assert read(folder, cosmology=own).cosmology is own


def test_the_format_is_told_from_the_content(folder, tng, tmp_path):
    assert is_gadget(folder)
    assert is_gadget(part(tng, 2))
    with h5py.File(tmp_path / "other.hdf5", "w") as file:
        file["data/x"] = np.ones(3)
    assert not is_gadget(tmp_path / "other.hdf5")
    assert not is_gadget(tmp_path)
