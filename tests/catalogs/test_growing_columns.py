import numpy as np
import pytest

from halograd.catalogs import CatalogError
from halograd.catalogs.growing_columns import GrowingColumns


@pytest.mark.parametrize("shares", [[1.0, 1.0, 1.0], [0.3, 0.6, 1.0], [0.001, 0.5, 1.0]])
def test_blocks_come_out_as_they_went_in(shares):
    gathered, blocks = GrowingColumns(), [np.arange(7.0), np.arange(0.0), np.arange(400.0)]
    for block, share in zip(blocks, shares, strict=True):
        gathered.append({"a": block, "b": np.stack([block, -block], axis=-1)}, share)
    whole = np.concatenate(blocks)
    columns = gathered.finish()
    np.testing.assert_array_equal(columns["a"], whole)
    np.testing.assert_array_equal(columns["b"], np.stack([whole, -whole], axis=-1))
    assert gathered.n_row == len(whole)


def test_an_empty_source():
    gathered = GrowingColumns()
    gathered.append({"a": np.arange(0.0)}, 0.0)
    assert gathered.take("a").shape == (0,)
    assert gathered.finish() == {}


def test_types_widen():
    gathered = GrowingColumns()
    gathered.append({"number": np.array([1, 2]), "word": np.array(["a"] * 2)}, 0.1)
    gathered.append({"number": np.array([0.5]), "word": np.array(["longer"])})
    columns = gathered.finish()
    assert columns["number"].tolist() == [1, 2, 0.5]
    assert columns["word"].tolist() == ["a", "a", "longer"]


def test_numbers_never_become_text():
    gathered = GrowingColumns()
    gathered.append({"column": np.array([1, 2])})
    with pytest.raises(CatalogError, match="numbers in some rows and text in others"):
        gathered.append({"column": np.array(["three"])})
