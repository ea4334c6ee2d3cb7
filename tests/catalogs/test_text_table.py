import numpy as np
import pytest

from halograd import catalogs
from halograd.catalogs import CatalogError

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
        ("x,y,z,m\n1,2,3,1e12\n4,5\n", "cannot be read as a text table"),
        ("x,y,z,m\n1,2,3,1e12\n4,5,6,1e13,7\n", "cannot be read as a text table"),
        ("x,y,z,m\n1,2,,1e12\n4,5,6,1e13\n", "'z' has empty cells"),
        ("x,y,z,m\n1,2,three,1e12\n", "z must be numbers"),
        ("x,y,z,m,name\n1,2,3,1e12,é\n", "characters beyond ASCII in the rows"),
        ("x,y,z,m\n1,2,nan,1e12\n", "z must be finite"),
    ],
)
def test_bad_text(read, text, message):
    with pytest.raises(CatalogError, match=message):
        read(text)


def test_identifiers_keep_every_digit(read):
    halos = read("x,y,z,m,id\n1,2,3,1e12,9007199254740993\n", halo_id="id")
    assert halos.halo_id.tolist() == [9007199254740993]
    assert halos.halo_id.dtype == np.int64
