import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from halograd.catalogs import picked_columns as module
from halograd.catalogs.picked_columns import picked_by_arrays, picked_columns

entries = st.text("0123456789.eE+-n", min_size=1, max_size=70)
gaps = st.text(" \t", min_size=1, max_size=4)
margins = st.text(" \t", max_size=70)


@st.composite
def tables(draw):
    """The rows of a table, the places of some columns, and how many columns there are."""
    n_column = draw(st.integers(1, 6))
    rows = draw(st.lists(st.lists(entries, min_size=n_column, max_size=n_column), max_size=8))
    places = draw(st.sets(st.integers(0, n_column - 1), min_size=1))
    return rows, sorted(places), n_column


@st.composite
def texts(draw, rows):
    """The rows as a text, with blank lines between them."""
    lines = []
    for row in rows:
        line = draw(margins) + row[0]
        for entry in row[1:]:
            line += draw(gaps) + entry
        lines += [line + draw(margins), *draw(st.lists(margins, max_size=2))]
    return "".join(f"{line}\n" for line in lines).encode()


@pytest.fixture(params=["compiled", "arrays"], scope="module")
def pick(request):
    if request.param == "arrays":
        return picked_by_arrays
    assert module._library() is not None, "the compiled reader was not built; install again"
    return picked_columns


@given(data=st.data(), table=tables())
def test_the_wanted_entries_of_every_row(pick, data, table):
    rows, places, n_column = table
    content = data.draw(texts(rows))
    expected = "".join(" ".join(row[place] for place in places) + "\n" for row in rows)
    assert bytes(pick(content, np.array(places), n_column)) == expected.encode()


@given(data=st.data(), table=tables(), n_more=st.integers(1, 3))
def test_a_row_of_another_length(pick, data, table, n_more):
    rows, places, n_column = table
    place = data.draw(st.integers(0, len(rows)))
    lengths = [n_column + n_more, *range(1, n_column)]
    odd = ["7"] * data.draw(st.sampled_from(lengths))
    content = data.draw(texts([*rows[:place], odd, *rows[place:]]))
    assert pick(content, np.array(places), n_column) is None


@given(st.binary(max_size=300), st.sets(st.integers(0, 4), min_size=1))
@example(b"", {0})
@example(b"\n" * 130, {1})
@example(b" " * 63 + b"1 2 3 4 5\n" + b"6" * 64 + b" 7 8 9 10\n", {0, 4})
def test_both_ways_agree_on_any_bytes(content, places):
    content, places = content + b"\n", np.array(sorted(places))
    compiled, arrays = picked_columns(content, places, 5), picked_by_arrays(content, places, 5)
    assert (compiled is None) == (arrays is None)
    if compiled is not None:
        assert bytes(compiled) == bytes(arrays)


def test_without_the_compiled_reader(monkeypatch):
    monkeypatch.setattr(module, "_library", lambda: None)
    assert bytes(picked_columns(b" 1  2\t3 \n\n4 5 6\n", [0, 2], 3)) == b"1 3\n4 6\n"
