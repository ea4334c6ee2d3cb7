import numpy as np
import pytest
from benchmarks.pairs.problem import make_problem


@pytest.mark.parametrize("n", [1_000, 10_000])
def test_every_code_can_take_the_points_and_bins(n):
    problem = make_problem(n)
    assert problem.positions.shape == (n, 3)
    assert problem.positions.min() >= 0
    assert problem.positions.astype(np.float32).max() < problem.boxsize
    np.testing.assert_array_equal(problem.positions, problem.positions.astype(np.float32))
    assert max(problem.rp_edges[-1], problem.pi_max) <= 0.45 * problem.boxsize
    assert problem.pi_max == int(problem.pi_max) >= 1


def test_bins_are_whole_in_a_box_that_holds_them():
    problem = make_problem(100_000)
    np.testing.assert_allclose(problem.rp_edges[[0, -1]], [0.1, 30.0])
    assert problem.pi_max == 40


def test_first_sample_does_not_depend_on_how_many_there_are():
    problem = make_problem(1_000)
    np.testing.assert_array_equal(problem.weights(3)[:, :1], problem.weights(1))


def test_no_weight_of_the_model_vanishes():
    problem = make_problem(1_000)
    mean, scatter, *_ = problem.relation()
    assert np.abs((problem.mass_edges[0] - mean) / scatter).max() < 3
