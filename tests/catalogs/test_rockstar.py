import bz2
import gzip
import tracemalloc
from dataclasses import replace

import numpy as np
import pytest

from halograd import catalogs
from halograd.catalogs import CatalogError, Cosmology, text_stream
from halograd.catalogs.rockstar import is_rockstar
from oracles.rockstar_text import HLIST_HEADER, OUT_HEADER, hlist_row, out_row


@pytest.fixture(scope="module")
def real(shared_data):
    """436 halos of a simulation of 250 Mpc/h at z = 11.8, in 79 columns."""
    return shared_data / "consistent_trees" / "dummy_halocat_0.07812.list"


@pytest.fixture
def write(tmp_path):
    """Writes a list and gives its path."""

    def write_text(header, *rows):
        (tmp_path / "halos.list").write_text(header + "".join(rows))
        return tmp_path / "halos.list"

    return write_text


def test_a_real_hlist(real):
    halos, rows = catalogs.read(real), np.loadtxt(real)
    np.testing.assert_array_equal(halos.positions, rows[:, 17:20])
    np.testing.assert_array_equal(halos.velocities, rows[:, 20:23])
    np.testing.assert_array_equal(halos.log_mpeak, np.log10(rows[:, 60]))
    np.testing.assert_array_equal(halos.halo_id, rows[:, 1])
    np.testing.assert_array_equal(halos.is_satellite, rows[:, 6] != -1)
    np.testing.assert_array_equal(
        halos.halo_id[halos.host_index[rows[:, 6] != -1]], rows[rows[:, 6] != -1, 6]
    )
    np.testing.assert_array_almost_equal_nulp(
        halos.extra["r_vir"], (rows[:, 11] / 1e3).astype(np.float32)
    )
    np.testing.assert_array_almost_equal_nulp(
        halos.extra["r_s"], (rows[:, 12] / 1e3).astype(np.float32)
    )
    np.testing.assert_array_equal(halos.extra["v_peak"], rows[:, 62].astype(np.float32))
    assert halos.boxsize.tolist() == [250.0] * 3
    assert halos.redshift == pytest.approx(1 / 0.07812 - 1)
    assert halos.cosmology == Cosmology(omega_m=0.307115, h=0.68)
    assert halos.mass_proxy == "Mpeak"
    assert halos.provenance["phantoms"].startswith(f"{np.count_nonzero(rows[:, 8])} halos")


def test_a_real_hlist_whatever_the_order_and_case_of_its_columns(real, tmp_path, assert_identical):
    lines = real.read_text().splitlines()
    names = [name.rsplit("(", 1)[0] for name in lines[0][1:].split()]
    order = np.random.default_rng(5).permutation(len(names))
    header = "#" + " ".join(f"{names[old].upper()}({new})" for new, old in enumerate(order))
    rows = [line.split() for line in lines if not line.startswith("#")]
    shuffled = [" ".join(row[old] for old in order) for row in rows]
    comments = [line for line in lines[1:] if line.startswith("#")]
    path = tmp_path / real.name
    path.write_text("\n".join([header, *comments, *shuffled, ""]))
    _assert_same_halos(catalogs.read(path), catalogs.read(real), assert_identical)


@pytest.mark.parametrize("compress", [gzip.compress, bz2.compress])
def test_compressed_lists(real, tmp_path, compress, assert_identical):
    path = tmp_path / "hlist"
    path.write_bytes(compress(real.read_bytes()))
    _assert_same_halos(catalogs.read(path), catalogs.read(real), assert_identical)


def test_a_mass_cut_while_reading_is_one_after(real, assert_identical):
    cut, whole = catalogs.read(real, min_mass=1e9), catalogs.read(real)
    _assert_same_halos(cut, whole[whole.log_mpeak >= 9], assert_identical)
    assert cut.provenance["dropped"] == "124 of 436 rows, below min_mass = 1e+09 Msun/h"


def test_blocks_make_no_difference(real, monkeypatch, assert_identical):
    whole = catalogs.read(real, min_mass=1e9)
    reports = []
    monkeypatch.setattr(text_stream, "BLOCK", 5000)
    _assert_same_halos(
        catalogs.read(real, min_mass=1e9, progress=lambda *shares: reports.append(shares)),
        whole,
        assert_identical,
    )
    done = [bytes_done for bytes_done, _ in reports]
    assert len(done) > 50
    assert done == sorted(done)
    assert reports[-1] == (real.stat().st_size,) * 2


def test_an_out_list_without_hosts(write):
    halos = catalogs.read(write(OUT_HEADER, out_row(3, 1e12), out_row(7, 1e13, (99, 0, 100))))
    assert halos.positions.tolist() == [[1.5, 2.5, 3.5], [99, 0, 0]]
    assert halos.velocities.tolist() == [[10.5, -20.25, 30.75]] * 2
    assert halos.log_mpeak.tolist() == [12, 13]
    assert halos.halo_id.tolist() == [3, 7]
    assert not halos.is_satellite.any()
    assert halos.host_index is None
    assert "no host link in this file" in halos.provenance["satellites"]
    assert halos.mass_proxy == "Mvir (now; the list has no Mpeak)"
    assert (halos.redshift, halos.boxsize[0]) == (1.0, 100.0)
    assert halos.cosmology == Cosmology(omega_m=0.3, h=0.68)


def test_parents_lead_to_the_outermost_host(write):
    header = OUT_HEADER.replace("Spin\n", "Spin PID\n", 1)
    parents = {1: -1, 2: 1, 3: 2, 4: 3, 5: 99}
    rows = [out_row(own).replace("\n", f" {parent}\n") for own, parent in parents.items()]
    halos = catalogs.read(write(header, *rows))
    assert halos.is_satellite.tolist() == [False, True, True, True, True]
    assert halos.host_index.tolist() == [0, 0, 0, 0, -1]
    assert "satellites" not in halos.provenance
    circle = [out_row(own).replace("\n", f" {3 - own}\n") for own in (1, 2)]
    with pytest.raises(CatalogError, match="halos are each other's parents"):
        catalogs.read(write(header, *circle))


def test_upid_counts_where_pid_is_there_too(write):
    rows = [hlist_row(1), hlist_row(2, upid=1), hlist_row(3, upid=1, pid=2)]
    halos = catalogs.read(write(HLIST_HEADER, *rows))
    assert halos.host_index.tolist() == [0, 0, 0]
    assert halos.redshift == pytest.approx(1 / 0.501 - 1)


def test_another_mass_definition(write):
    header = OUT_HEADER.replace("Mvir", "M200c")
    assert catalogs.read(write(header, out_row(1))).mass_proxy.startswith("M200c (now")


@pytest.mark.parametrize("header", [OUT_HEADER, HLIST_HEADER])
@pytest.mark.parametrize("quantity", ["Mass", "Position", "Velocit"])
def test_an_undeclared_unit_is_refused(write, header, quantity):
    lines = [line for line in header.splitlines(keepends=True) if not _speaks_of(line, quantity)]
    assert len(lines) < len(header.splitlines())
    row = out_row(1) if header is OUT_HEADER else hlist_row(1)
    with pytest.raises(CatalogError, match=rf"unit of {quantity.lower()}.*add the line '#Units"):
        catalogs.read(write("".join(lines), row))


def test_another_unit_is_refused(write):
    header = OUT_HEADER.replace("Masses in Msun / h", "Masses in Msun")
    with pytest.raises(CatalogError, match="'units:massesinmsun', not in msun/h"):
        catalogs.read(write(header, out_row(1)))


def test_the_caller_fills_in_and_is_held_to_the_header(write):
    header = OUT_HEADER.replace("#Box size: 100.000000 Mpc/h\n", "").replace("#a = 0.500000\n", "")
    with pytest.raises(CatalogError, match="does not declare boxsize; give the side"):
        catalogs.read(write(header, out_row(1)))
    with pytest.raises(CatalogError, match="does not declare redshift; give the redshift"):
        catalogs.read(write(header, out_row(1)), boxsize=50)
    halos = catalogs.read(write(header, out_row(1)), boxsize=50, redshift=0.3)
    assert (halos.boxsize[0], halos.redshift) == (50, 0.3)
    for wrong in (
        {"boxsize": 50},
        {"redshift": 0.9},
        {"cosmology": Cosmology(omega_m=0.31, h=0.68)},
    ):
        with pytest.raises(CatalogError, match=r"the file declares .* was given; omit"):
            catalogs.read(write(OUT_HEADER, out_row(1)), **wrong)
    more = Cosmology(omega_m=0.3, h=0.68, sigma8=0.8)
    assert catalogs.read(write(OUT_HEADER, out_row(1)), cosmology=more).cosmology == more


def test_a_curved_universe_has_no_cosmology_here(write):
    header = OUT_HEADER.replace("Ol = 0.700000", "Ol = 0.600000")
    assert catalogs.read(write(header, out_row(1))).cosmology is None


@pytest.mark.parametrize(
    ("header", "rows", "message"),
    [
        (OUT_HEADER, [out_row(1), out_row(2, position=(1, 2, 130))], "outside the box of 100"),
        (OUT_HEADER, [out_row(1, mass=0)], "must be above 0; drop such rows with min_mass"),
        (OUT_HEADER.replace("100.000000 Mpc", "0.000000 Mpc"), [out_row(1)], "no periodic box"),
        (OUT_HEADER.replace("DescID", "Z"), [out_row(1)], "2 columns are named 'Z'"),
        (
            OUT_HEADER.replace("ID DescID Mvir", "ID DescID Mass"),
            [out_row(1)],
            "no column mpeak or",
        ),
        (OUT_HEADER, [], "there is no row"),
        (OUT_HEADER, [out_row(1), "#tree 7\n", out_row(2)], "line 16 has 2 entries for the 15"),
        (HLIST_HEADER, [hlist_row(1), hlist_row(2).replace("0.5010", "0.4010")], "not a tree"),
        (
            OUT_HEADER + "#Bounds: (0.0, 0.0, 0.0) - (50.0, 100.0, 100.0)\n",
            [out_row(1)],
            "has the part .* of the box only",
        ),
    ],
)
def test_lists_that_are_refused(write, header, rows, message):
    path = write(header, *rows)
    with pytest.raises(CatalogError, match=message) as error:
        catalogs.read(path, "rockstar")
    assert str(path) in str(error.value)


def test_no_particles_here(real):
    with pytest.raises(CatalogError, match="has no matter particles"):
        catalogs.read(real, particles=True)


def test_other_texts_are_no_lists(write):
    assert is_rockstar(write(OUT_HEADER, out_row(1)))
    assert is_rockstar(write(HLIST_HEADER, hlist_row(1)))
    assert not is_rockstar(write("# id x y z vx m\n", "1 2 3 4 5 6\n"))
    assert not is_rockstar(write("id,x,y,z,vx,upid\n", "1,2,3,4,5,6\n"))


def test_what_is_cut_takes_no_memory(write, monkeypatch):
    monkeypatch.setattr(text_stream, "BLOCK", 1 << 17)
    light = (hlist_row(own, mass=1e10) for own in range(30_000))
    path = write(HLIST_HEADER, *light, hlist_row(9))
    catalogs.read(path)
    tracemalloc.start()
    halos = catalogs.read(path, min_mass=1e11)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(halos) == 1
    # A few blocks of text are under way at a time, but never all of it.
    assert peak < 12 * text_stream.BLOCK < path.stat().st_size / 2


def _speaks_of(line, quantity):
    return line.startswith((f"#Units: {quantity}", "#Mvir" if quantity == "Mass" else "?")) or (
        f"Halo {quantity.lower()}" in line and "kpc" not in line
    )


def _assert_same_halos(got, want, assert_identical):
    """The same catalogue, wherever it comes from."""
    assert_identical(replace(got, provenance={}), replace(want, provenance={}))
