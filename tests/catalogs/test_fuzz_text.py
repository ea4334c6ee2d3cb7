"""Damaged text: an error that names the file and a remedy, or the same catalogue, never less."""

import gzip
from dataclasses import replace

import numpy as np
import pytest

from halograd import catalogs
from halograd.catalogs import CatalogError
from oracles.rockstar_text import HLIST_HEADER, OUT_HEADER, hlist_row, out_row

N_ROW = 12
REMEDY = (
    "fetch|repair|add |give |drop|check|choose|convert|rename|omit|fill|read |shorten|replace|"
    "query|store |set |it names|it has|declare"
)
TABLE = {
    "position": ["x", "y", "z"],
    "position_unit": "Mpc/h",
    "mass": "m",
    "mass_unit": "Msun/h",
    "boxsize": 100,
    "redshift": 0,
    "halo_id": "id",
}


def _csv(delimiter):
    rows = [f"{own},{own}.5,20.25,30.125,{own}e12,7" for own in range(1, N_ROW + 1)]
    return "\n".join(["id,x,y,z,m,rank", *rows, ""]).replace(",", delimiter)


def _answer():
    rows = [f"{own},0,{own}.5,2.5,3.5,{own}.5" for own in range(1, N_ROW + 1)]
    return "\n".join(["#OK", "#SQL= select", "galaxyId,type,x,y,z,mvir", *rows, ""])


# A text of each kind, how it is read, and the entries (from 0) that are read of each row.
KINDS = {
    "hlist": (
        HLIST_HEADER + "".join(hlist_row(own) for own in range(1, N_ROW + 1)),
        {"format": "rockstar"},
        (0, 1, 3, 9, 10, 11, 12, 17),
    ),
    "out": (
        OUT_HEADER + "".join(out_row(own) for own in range(1, N_ROW + 1)),
        {"format": "rockstar"},
        (0, 2, 8, 9, 10, 11, 12, 13),
    ),
    "commas": (_csv(","), {"columns": TABLE, "format": "csv"}, (1, 2, 3, 4)),
    "spaces": (_csv("  "), {"columns": TABLE, "format": "csv"}, (1, 2, 3, 4)),
    "millennium": (
        _answer(),
        {"format": "millennium", "boxsize": 100, "redshift": 0},
        (1, 2, 3, 4, 5),
    ),
}
NOT_NUMBERS = ["abc", "1.2.3", "--5", "1e", "nan", "-inf", "1_000", "1,5", "N/A", "*****"]


@pytest.fixture(params=KINDS)
def kind(request, tmp_path):
    """How damaged content of one kind is read, its good content, and the columns that count."""
    text, options, columns = KINDS[request.param]
    path = tmp_path / "halos.txt"

    def read(content):
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return catalogs.read(path, **options)

    assert len(read(text)) == N_ROW
    return read, text, columns


def test_a_cut_anywhere_within_a_line_is_refused(kind):
    read, text, _ = kind
    cuts = np.random.default_rng(1).integers(1, len(text), 60)
    for cut in (*cuts, len(text) - 1):
        _assert_refused(read, text[:cut].rstrip("\n"))


def test_rows_of_another_length_are_refused(kind):
    read, text, _ = kind
    rng = np.random.default_rng(2)
    for _ in range(20):
        lines, row = _rows(text), rng.integers(N_ROW)
        entries = _split(lines[row - N_ROW])
        place = rng.integers(len(entries))
        for changed in (entries[:place] + entries[place + 1 :], [*entries, entries[place]]):
            lines[row - N_ROW] = _joined(changed, text)
            _assert_refused(read, "\n".join([*lines, ""]))


@pytest.mark.parametrize("word", NOT_NUMBERS)
def test_words_in_the_place_of_numbers_are_refused(kind, word):
    read, text, columns = kind
    for column in columns:
        lines, row = _rows(text), 5 + column % 3
        entries = _split(lines[-row])
        entries[column] = word
        lines[-row] = _joined(entries, text)
        _assert_refused(read, "\n".join([*lines, ""]))


@pytest.mark.slow
def test_any_byte_may_be_damaged(kind):
    read, text, _ = kind
    whole, rng = text.encode(), np.random.default_rng(3)
    outcomes = set()
    for _ in range(120):
        content, place = bytearray(whole), rng.integers(len(whole))
        # A hash would make a comment, which a table may have, of the row that it begins.
        content[place] = rng.choice([byte for byte in range(256) if byte != ord("#")])
        try:
            halos = read(bytes(content))
        except CatalogError as error:
            _assert_helpful(error)
            outcomes.add("refused")
        else:
            assert len(halos) == N_ROW
            outcomes.add("read")
    assert outcomes == {"refused", "read"}


@pytest.mark.slow
def test_blocks_of_garbage_are_refused(kind):
    read, text, _ = kind
    rng = np.random.default_rng(4)
    for _ in range(15):
        start = rng.integers(text.index("\n"), len(text) - 60)
        garbage = rng.integers(128, 256, 40, dtype=np.uint8).tobytes()
        _assert_refused(read, text[:start].encode() + garbage + text[start + 40 :].encode())


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n\n\n",
        b"\x00" * 5000,
        b"\xff\xfe" + "x,y,z\n1,2,3\n".encode("utf-16-le"),
        b"#" * 200 + b"\n",
        b"# a comment\n" * 90_000,
        b"7" * (1 << 25),
        b"7 " * (1 << 24) + b"\n",
        b"\x1f\x8b\x08\x00",
        gzip.compress(b"", mtime=0),
        gzip.compress(b"\x00" * 100, mtime=0),
    ],
    ids=[
        *("empty", "blank", "zeros", "utf16", "hashes", "huge header", "endless line"),
        *("endless row", "gzip without content", "gzip of nothing", "gzip of zeros"),
    ],
)
def test_what_is_no_table_is_refused(kind, content):
    _assert_refused(kind[0], content)


def test_damaged_compression_is_refused(kind):
    read, text, _ = kind
    whole = gzip.compress(text.encode(), mtime=0)
    rng = np.random.default_rng(5)
    for cut in rng.integers(3, len(whole), 20):
        _assert_refused(read, whole[:cut])
    for place in rng.integers(10, len(whole), 20):
        _assert_refused(read, whole[:place] + bytes([whole[place] ^ 0x55]) + whole[place + 1 :])


def test_line_ends_may_be_mixed(kind, assert_identical):
    read, text, _ = kind
    lines, rng = text.split("\n"), np.random.default_rng(6)
    expected = replace(read(text), provenance={})
    for _ in range(5):
        ends = rng.choice(["\n", "\r\n", "\r"], len(lines) - 1)
        mixed = "".join(line + end for line, end in zip(lines, ends, strict=False))
        assert_identical(replace(read(mixed), provenance={}), expected)
    assert_identical(replace(read(b"\xef\xbb\xbf" + text.encode()), provenance={}), expected)


def _assert_refused(read, content):
    with pytest.raises(CatalogError) as error:
        read(content)
    _assert_helpful(error.value)


def _assert_helpful(error):
    assert "halos.txt: " in str(error) or "halos.txt, " in str(error)
    assert any(word in str(error) for word in REMEDY.split("|")), str(error)


def _rows(text):
    return text.rstrip("\n").split("\n")


def _split(row):
    return row.split(",") if "," in row else row.split()


def _joined(entries, text):
    return ("," if "," in text.rstrip("\n").split("\n")[-1] else " ").join(entries)
