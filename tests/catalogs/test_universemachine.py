import numpy as np
import pytest

from halograd.catalogs import BOLSHOI_PLANCK, CatalogError
from halograd.catalogs.read_options import ReadOptions
from halograd.catalogs.universemachine import RECORD, is_universemachine, read_universemachine
from oracles.known_halos import BOXSIZE, REDSHIFT, known_halos
from oracles.universemachine_file import SIZE, write_universemachine

NAME = f"sfr_catalog_{1 / (1 + REDSHIFT):.6f}.bin"
HALOS = known_halos()


@pytest.fixture
def path(tmp_path):
    return write_universemachine(tmp_path / NAME, HALOS)


def read(path, **options):
    return read_universemachine(path, ReadOptions(**{"boxsize": BOXSIZE, **options}))


def test_every_number_of_the_layout(path):
    halos = read(path, cosmology=BOLSHOI_PLANCK)
    np.testing.assert_array_equal(halos.positions, HALOS.positions)
    np.testing.assert_array_equal(halos.velocities, HALOS.velocities)
    np.testing.assert_array_equal(halos.log_mpeak, np.log10(HALOS.mass))
    np.testing.assert_array_equal(halos.halo_id, HALOS.halo_id)
    np.testing.assert_array_equal(halos.is_satellite, HALOS.satellite)
    np.testing.assert_array_equal(halos.host_index, HALOS.host)
    np.testing.assert_array_equal(halos.extra["vmp"], HALOS.vmax)
    np.testing.assert_array_equal(halos.extra["sm"], HALOS.mass / 64)
    assert halos.mass_proxy == "Mpeak"
    assert halos.redshift == pytest.approx(REDSHIFT, abs=1e-6)
    assert halos.boxsize.tolist() == [BOXSIZE] * 3
    assert halos.cosmology is BOLSHOI_PLANCK
    assert "dropped" not in halos.provenance


def test_the_record_has_no_gaps():
    assert RECORD.itemsize == SIZE
    assert not RECORD.isalignedstruct
    assert np.dtype(RECORD.descr, align=True).itemsize == SIZE


def test_ignored_rows_and_light_rows_are_dropped_and_counted(tmp_path):
    flags = np.where(np.arange(len(HALOS.mass)) % 7 == 0, 16 + 1, 1)
    path = write_universemachine(tmp_path / NAME, HALOS, flags=flags)
    limit = float(np.median(HALOS.mass))
    halos = read(path, min_mass=limit)
    heavy = HALOS.mass >= limit
    kept = heavy & (flags == 1)
    np.testing.assert_array_equal(halos.halo_id, HALOS.halo_id[kept])
    light = np.count_nonzero(~heavy)
    assert halos.provenance["dropped"] == f"{light} of 60 rows, below min_mass = {limit:g} Msun/h"
    ignored = np.count_nonzero(heavy & (flags != 1))
    assert halos.provenance["ignored"] == f"{ignored} rows that flags marks as to be ignored"
    hosts = np.where(kept, np.cumsum(kept) - 1, -1)[HALOS.host[kept]]
    np.testing.assert_array_equal(halos.host_index, hosts)


def test_reading_in_pieces_changes_nothing(path, monkeypatch, assert_identical):
    whole, seen = read(path), []
    monkeypatch.setattr("halograd.catalogs.universemachine.ROWS", 7)
    assert_identical(read(path, progress=lambda *step: seen.append(step)), whole)
    assert seen == [(min(7 * k, 60), 60) for k in range(1, 10)]


def test_a_cut_that_keeps_nothing_gives_an_empty_catalogue(path):
    assert len(read(path, min_mass=1e19)) == 0


def test_what_the_file_does_not_declare_must_be_given(path):
    with pytest.raises(CatalogError, match="does not declare boxsize; give the side"):
        read(path, boxsize=None)
    unnamed = path.rename(path.with_name("galaxies.bin"))
    with pytest.raises(CatalogError, match=r"galaxies\.bin: .* does not declare redshift"):
        read(unnamed)
    assert read(unnamed, redshift=0.5).redshift == 0.5


def test_another_redshift_than_the_name_is_refused(path):
    with pytest.raises(CatalogError, match=r"declares redshift = 0\.25.*, but 0 was given"):
        read(path, redshift=0)


def test_a_box_too_small_is_refused(path):
    with pytest.raises(CatalogError, match="outside the box of 64 Mpc/h"):
        read(path, boxsize=64.0)


def test_a_box_too_large_is_refused(tmp_path):
    path = write_universemachine(tmp_path / NAME, known_halos(1200, 900))
    assert len(read(path)) == 1200
    with pytest.raises(CatalogError, match=r"span only .* of the given box"):
        read(path, boxsize=2 * BOXSIZE)


def test_the_other_byte_order_is_named(tmp_path):
    path = write_universemachine(tmp_path / NAME, HALOS, order=">")
    with pytest.raises(CatalogError, match=r"row 0 \(byte 0\).*convert it to little-endian"):
        read(path)
    assert not is_universemachine(path)


def test_a_cut_file_is_refused(path):
    content = path.read_bytes()
    path.write_bytes(content[:-100])
    with pytest.raises(CatalogError, match=r"59 records of 128 bytes and 28 more"):
        read(path)


def test_a_damaged_row_is_named(path):
    content = bytearray(path.read_bytes())
    content[17 * SIZE : 17 * SIZE + 8] = b"\xff" * 8
    path.write_bytes(content)
    with pytest.raises(CatalogError, match=rf"row 17 \(byte {17 * SIZE}\) cannot be a halo: id -1"):
        read(path)


def test_particles_are_refused(path):
    with pytest.raises(CatalogError, match="has no matter particles"):
        read(path, particles=True)


def test_the_format_is_told_from_the_content(path, tmp_path):
    assert is_universemachine(path)
    other = tmp_path / "other"
    other.write_bytes(np.random.default_rng(0).bytes(20 * SIZE))
    assert not is_universemachine(other)
    other.write_bytes(b"")
    assert not is_universemachine(other)
