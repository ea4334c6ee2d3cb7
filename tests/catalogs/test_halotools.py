import h5py
import numpy as np
import pytest

from halograd.catalogs import BOLSHOI_PLANCK, CatalogError
from halograd.catalogs.halotools import is_halotools, read_halotools
from halograd.catalogs.read_options import ReadOptions
from oracles.halotools_file import ATTRIBUTES, halotools_columns, write_halotools
from oracles.known_halos import BOXSIZE, REDSHIFT, known_halos

HALOS = known_halos()
COLUMNS = halotools_columns(HALOS)


def write(tmp_path, without=(), **changes):
    columns = {**COLUMNS, **changes}
    return write_halotools(
        tmp_path / "known.hdf5", {k: v for k, v in columns.items() if k not in without}
    )


def read(path, **options):
    return read_halotools(path, ReadOptions(**options))


def test_every_number_of_the_layout(tmp_path):
    halos = read(write(tmp_path), cosmology=BOLSHOI_PLANCK)
    np.testing.assert_array_equal(halos.positions, HALOS.positions)
    np.testing.assert_array_equal(halos.velocities, HALOS.velocities)
    np.testing.assert_array_equal(halos.log_mpeak, np.log10(HALOS.mass))
    np.testing.assert_array_equal(halos.halo_id, HALOS.halo_id)
    np.testing.assert_array_equal(halos.is_satellite, HALOS.satellite)
    np.testing.assert_array_equal(halos.host_index, HALOS.host)
    assert (halos.redshift, halos.mass_proxy) == (REDSHIFT, "Mpeak")
    assert halos.boxsize.tolist() == [BOXSIZE] * 3
    assert halos.cosmology is BOLSHOI_PLANCK
    assert halos.provenance["simname"] == "known"
    assert halos.provenance["halo_finder"] == "rockstar"


def test_columns_in_any_order_and_plain_attributes(tmp_path, assert_identical):
    want = read(write(tmp_path))
    reverse = dict(reversed(COLUMNS.items()))
    plain = ATTRIBUTES | {"Lbox": BOXSIZE, "redshift": REDSHIFT, "simname": "known"}
    write_halotools(tmp_path / "known.hdf5", reverse, plain)
    assert_identical(read(tmp_path / "known.hdf5"), want)


def test_without_a_peak_mass_the_proxy_is_named(tmp_path):
    halos = read(write(tmp_path, without=["halo_mpeak"]))
    np.testing.assert_array_equal(halos.log_mpeak, np.log10(HALOS.mass / 2))
    assert halos.mass_proxy == "halo_mvir (now; the table has no Mpeak)"


def test_a_table_without_rows_is_a_catalogue_without_halos(tmp_path):
    assert len(read(write(tmp_path, **{name: values[:0] for name, values in COLUMNS.items()}))) == 0


def test_hosts_without_upid(tmp_path):
    halos = read(write(tmp_path, without=["halo_upid"]))
    np.testing.assert_array_equal(halos.is_satellite, HALOS.satellite)
    np.testing.assert_array_equal(halos.host_index, HALOS.host)
    alone = read(write(tmp_path, without=["halo_upid", "halo_hostid", "halo_vz"]))
    assert not alone.is_satellite.any()
    assert alone.host_index is None
    assert alone.velocities is None
    assert "all taken as centrals" in alone.provenance["satellites"]


# Pieces of seven rows, lengthened to whole chunks.
@pytest.mark.parametrize(
    ("storage", "n_piece"), [({}, 9), ({"chunks": (13,), "compression": "gzip"}, 5)]
)
def test_reading_in_pieces_changes_nothing(
    tmp_path, monkeypatch, assert_identical, storage, n_piece
):
    want, seen = read(write(tmp_path)), []
    path = write_halotools(tmp_path / "known.hdf5", COLUMNS, **storage)
    monkeypatch.setattr("halograd.catalogs.hdf5_column.ROWS", 7)
    assert_identical(read(path, progress=lambda *step: seen.append(step)), want)
    assert len(seen) == n_piece
    assert seen[-1] == (60, 60)


def test_light_rows_are_dropped_and_counted(tmp_path):
    limit = float(np.median(HALOS.mass))
    halos = read(write(tmp_path), min_mass=limit)
    heavy = HALOS.mass >= limit
    np.testing.assert_array_equal(halos.halo_id, HALOS.halo_id[heavy])
    light = np.count_nonzero(~heavy)
    assert halos.provenance["dropped"] == f"{light} of 60 rows, below min_mass = {limit:g} Msun/h"


def test_a_massless_row_is_named(tmp_path):
    mass = COLUMNS["halo_mpeak"].copy()
    mass[11] = 0
    path = write(tmp_path, halo_mpeak=mass)
    with pytest.raises(CatalogError, match=r"halo_mpeak in row 11 is 0 Msun/h.*min_mass"):
        read(path)
    assert len(read(path, min_mass=1.0)) == 59
    mass[11] = np.nan
    with pytest.raises(CatalogError, match="halo_mpeak in row 11 is nan"):
        read(write(tmp_path, halo_mpeak=mass), min_mass=1.0)


@pytest.mark.parametrize("name", ["Lbox", "redshift"])
def test_a_missing_declaration_is_named(tmp_path, name):
    attributes = {key: value for key, value in ATTRIBUTES.items() if key != name}
    path = write_halotools(tmp_path / "known.hdf5", COLUMNS, attributes)
    with pytest.raises(CatalogError, match=rf"known\.hdf5: / does not declare {name}"):
        read(path)


@pytest.mark.parametrize("name", ["halo_id", "halo_y", "halo_m"])
def test_a_missing_column_is_named(tmp_path, name):
    without = [key for key in COLUMNS if key.startswith(name)]
    with pytest.raises(CatalogError, match=f"has no column {name}.*it has"):
        read(write(tmp_path, without=without))


def test_what_the_caller_says_must_agree(tmp_path):
    path = write(tmp_path)
    assert read(path, boxsize=BOXSIZE, redshift=REDSHIFT).redshift == REDSHIFT
    with pytest.raises(CatalogError, match=r"declares boxsize .* but 100\.0 was given"):
        read(path, boxsize=100.0)
    with pytest.raises(CatalogError, match=r"declares redshift = 0\.25"):
        read(path, redshift=0.0)


def test_chunks_that_were_never_written_are_refused(tmp_path):
    path = write_halotools(tmp_path / "known.hdf5", COLUMNS, chunks=(10,))
    with h5py.File(path, "a") as file:
        rows = file["data"][:50]
        del file["data"]
        file.create_dataset("data", (60,), rows.dtype, chunks=(10,))[:50] = rows
    with pytest.raises(CatalogError, match="data declares 6 chunks, but 5 are in the file"):
        read(path)


def test_particles_are_refused(tmp_path):
    with pytest.raises(CatalogError, match="a halotools table has no matter particles"):
        read(write(tmp_path), particles=True)


def test_the_format_is_told_from_the_content(tmp_path):
    assert is_halotools(write(tmp_path))
    with h5py.File(tmp_path / "other.hdf5", "w") as file:
        file["data/x"] = np.ones(3)
    assert not is_halotools(tmp_path / "other.hdf5")
