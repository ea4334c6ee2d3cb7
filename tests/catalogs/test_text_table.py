import bz2
import gzip

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from halograd import catalogs
from halograd.catalogs import CatalogError, text_stream
from halograd.catalogs.text_table import load_csv

COLUMNS = {
    "position": ["x", "y", "z"],
    "position_unit": "Mpc/h",
    "mass": "m",
    "mass_unit": "Msun/h",
    "boxsize": 10,
    "redshift": 0,
}


@pytest.fixture
def read(tmp_path):
    """Reads a text as a table."""

    def read_text(text, **changes):
        (tmp_path / "halos.txt").write_text(text)
        return catalogs.read(tmp_path / "halos.txt", columns=COLUMNS | changes)

    return read_text


@pytest.mark.parametrize(
    "text",
    [
        "x,y,z,m\n1,2,3,1e12\n4,5,6,1e13\n",
        '"x", "y", "z", "m"\n1, 2, 3, 1e12\n4, 5, 6, 1e13\n',
        "x\ty\tz\tm\n1\t2\t3\t1e12\n4\t5\t6\t1e13\n",
        "x y z m\n 1  2 3 1e12\n4 5  6 1e13 \n",
        "# a table of four words\n# x y z m\n1 2 3 1e12\n4 5 6 1e13\n",
        "# made by four words\n# x y z m\n1 2 3 1e12\n4 5 6 1e13\n",
        "#x(0) y(1) z(2) m(3)\n1 2 3 1e12\n\n# in between\n4 5 6 1e13\n",
        "# x, y, z, m\n1,2,3,1e12\n4,5,6,1e13\n",
        "extra,m,z,y,x\nword,1e12,3,2,1\nother,1e13,6,5,4\n",
    ],
)
def test_dialects(read, text):
    halos = read(text)
    assert halos.positions.tolist() == [[1, 2, 3], [4, 5, 6]]
    assert halos.log_mpeak.tolist() == [12, 13]


def test_words_for_truth_values(read):
    text = "x,y,z,m,sat\n1,2,3,1e12,True\n4,5,6,1e13,false\n"
    assert read(text, is_satellite="sat").is_satellite.tolist() == [True, False]


def test_comments_declare_numbers(read):
    text = (
        "# Full box size = 50.0 Mpc/h\n# Om = 0.3; h0 = 0.7\n# z: 0.5\n# sides = 10 20 30\n"
        "# x y z m\n1 2 3 1e12\n"
    )
    declared = {"boxsize": "Full box size", "redshift": "z"}
    halos = read(text, **declared, cosmology={"omega_m": "Om", "h": "h0"})
    assert halos.boxsize.tolist() == [50.0] * 3
    assert halos.redshift == 0.5
    assert (halos.cosmology.omega_m, halos.cosmology.h) == (0.3, 0.7)
    assert read(text, boxsize="sides").boxsize.tolist() == [10, 20, 30]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1 2 3 1e12\n", "no row or comment names its 4 columns"),
        ("# nothing but a comment\n", "there is no row"),
        ("x,y,z,m\n1,2,3,1e12\n4,5,6,1e", "the last line has no end"),
        ("x,y,z,m\n1,2,3,1e12\n4,5\n", "line 3 has 2 entries for the 4 columns"),
        ("x,y,z,m\n1,2,3,1e12\n4,5,6,1e13,7\n", "line 3 has 5 entries for the 4 columns"),
        ("x,y,z,m\n1,2,3,1e12\n\n# note\n4,5\n", "line 5 has 2 entries"),
        ("x,x,z,m\n1,2,3,1e12\n", "2 columns are named 'x'; rename all but one"),
        ("x,y,z,m\n1,2,,1e12\n4,5,6,1e13\n", "'z' has empty cells"),
        ("x,y,z,m\n1,2,three,1e12\n", "z must be numbers"),
        ("x,y,z,m,name\n1,2,3,1e12,é\n", "characters beyond ASCII in the rows"),
        ("x,y,z,m\n1,2,nan,1e12\n", "z must be finite"),
    ],
)
def test_bad_text(read, text, message):
    with pytest.raises(CatalogError, match=message):
        read(text)


@pytest.mark.parametrize("separator", [",", " "])
def test_a_table_without_any_wanted_column(tmp_path, separator):
    rows = ["x y z", "1 2 3", "4 5 6", ""]
    path = tmp_path / "table.txt"
    path.write_text("\n".join(rows).replace(" ", separator))
    columns, _ = load_csv(path, ["m"])
    assert list(columns) == ["x", "y", "z"]


def test_identifiers_keep_every_digit(read):
    halos = read("x,y,z,m,id\n1,2,3,1e12,9007199254740993\n", halo_id="id")
    assert halos.halo_id.tolist() == [9007199254740993]
    assert halos.halo_id.dtype == np.int64


@pytest.mark.parametrize("compress", [gzip.compress, bz2.compress, pa.Codec("zstd").compress])
def test_compressed_tables(tmp_path, compress, assert_identical):
    text = b"x y z m\n" + b"1 2  3 1e12\n" * 500
    path = tmp_path / "halos"
    path.write_bytes(text)
    plain = catalogs.read(path, columns=COLUMNS)
    path.write_bytes(bytes(compress(text)))
    assert_identical(catalogs.read(path, columns=COLUMNS), plain)


@pytest.mark.parametrize("block", [40, 64, 1000])
def test_blocks_make_no_difference(tmp_path, monkeypatch, assert_identical, block):
    rng = np.random.default_rng(1)
    rows = zip(*rng.uniform(0, 10, (3, 50)).round(4), rng.uniform(1e10, 1e15, 50), strict=True)
    text = "\n".join(
        ["x y z m", "# note", *("  ".join(map(repr, map(float, row))) for row in rows)]
    )
    path = tmp_path / "halos"
    path.write_text(text + "\n")
    columns = COLUMNS | {"min_mass": 1e14}
    whole = catalogs.read(path, columns=columns)
    monkeypatch.setattr(text_stream, "BLOCK", block)
    assert_identical(catalogs.read(path, columns=columns), whole)


@pytest.mark.parametrize("block", range(1, 30))
def test_a_header_that_ends_with_a_block(tmp_path, monkeypatch, block):
    path = tmp_path / "halos"
    row = "1 2 3 1e12\n"
    for header in ("x y z m\n", "# x y z m\n", "\n# a\nx y z m\n"):
        path.write_text(header + row)
        monkeypatch.setattr(text_stream, "BLOCK", block)
        assert catalogs.read(path, columns=COLUMNS).positions.tolist() == [[1, 2, 3]]


def test_a_column_that_turns_out_not_to_be_of_integers(tmp_path, monkeypatch):
    monkeypatch.setattr(text_stream, "BLOCK", 64)
    rows = ["1,2,3,1e12,7"] * 20 + ["1,2,3,1e12,7.5"] + ["1,2,3,1e12,7"] * 20
    path = tmp_path / "halos"
    path.write_text("\n".join(["x,y,z,m,rank", *rows, ""]))
    rank = catalogs.read(path, columns=COLUMNS | {"extra": ["rank"]}).extra["rank"]
    assert rank.tolist() == [7.0] * 20 + [7.5] + [7.0] * 20
    path.write_text("\n".join(["x,y,z,m,rank", *rows, "1,2,3,1e12,seven", ""]))
    with pytest.raises(CatalogError, match="rank' holds numbers in some rows and text"):
        catalogs.read(path, columns=COLUMNS | {"extra": ["rank"]})


@pytest.mark.parametrize("ending", [b"\r\n", b"\r"])
@pytest.mark.parametrize("block", [16, 17, 18, 1 << 20])
def test_line_ends_of_any_kind(tmp_path, monkeypatch, ending, block):
    monkeypatch.setattr(text_stream, "BLOCK", block)
    path = tmp_path / "halos"
    path.write_bytes(b"\xef\xbb\xbfx,y,z,m" + ending + b"1,2,3,1e12" + ending + b"4,5,6,1e13\n")
    halos = catalogs.read(path, columns=COLUMNS)
    assert halos.positions.tolist() == [[1, 2, 3], [4, 5, 6]]


@settings(max_examples=60, deadline=None)
@given(
    rows=st.lists(st.lists(st.integers(-99, 99), min_size=3, max_size=3), min_size=1, max_size=30),
    gaps=st.lists(st.sampled_from([" ", "  ", "\t", " \t ", "    "]), min_size=1, max_size=7),
    edges=st.lists(st.sampled_from(["", " ", "  ", "\t"]), min_size=1, max_size=5),
    block=st.integers(30, 400),
)
def test_white_space_of_any_kind(tmp_path_factory, rows, gaps, edges, block):
    gap, edge = iter(gaps * 99), iter(edges * 99)
    lines = [
        next(edge) + "".join(f"{number}{next(gap)}" for number in row).rstrip() + next(edge)
        for row in rows
    ]
    path = tmp_path_factory.mktemp("spaces") / "halos"
    path.write_text("\n".join([" a b  c ", *lines, ""]))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(text_stream, "BLOCK", max(block, *map(len, lines)))
        columns, _ = load_csv(path, ["a", "c"])
    np.testing.assert_array_equal(columns["a"], [row[0] for row in rows])
    np.testing.assert_array_equal(columns["c"], [row[2] for row in rows])
