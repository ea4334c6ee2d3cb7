from typing import NamedTuple

import numpy as np
import pytest

from halograd.network_training.exact_solutions import EXACT_FILE, ExactSolutions


class Squares(NamedTuple):
    value: np.ndarray


@pytest.fixture
def made():
    return []


def maker(made):
    def make(rows):
        made.append(list(rows))
        return Squares(np.array([row**2 for row in rows], float))

    return make


def test_only_what_is_missing_is_made(tmp_path, made):
    kept = ExactSolutions(tmp_path, {"seed": "1"})
    np.testing.assert_array_equal(kept.rows("a", [3, 1], maker(made)).value, [9, 1])
    again = ExactSolutions(tmp_path, {"seed": "1"})
    np.testing.assert_array_equal(again.rows("a", [1, 2, 3], maker(made)).value, [1, 4, 9])
    np.testing.assert_array_equal(again.rows("b", [2], maker(made)).value, [4])
    assert made == [[3, 1], [2], [2]]


@pytest.mark.parametrize("how", ["another identity", "damaged"])
def test_what_does_not_belong_is_made_again(tmp_path, made, how):
    ExactSolutions(tmp_path, {"seed": "1"}).rows("a", [3], maker(made))
    if how == "damaged":
        path = tmp_path / EXACT_FILE
        path.write_bytes(path.read_bytes()[:-100])
    identity = {"seed": "1" if how == "damaged" else "2"}
    ExactSolutions(tmp_path, identity).rows("a", [3], maker(made))
    assert made == [[3], [3]]


def test_none_asked_for(tmp_path, made):
    assert ExactSolutions(tmp_path, {}).rows("a", [], maker(made)).value.size == 0
