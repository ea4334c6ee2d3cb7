import numpy as np

from halograd.inference import fisher_matrix, parameter_covariance
from halograd.inference.fisher import degeneracies


def test_fisher_matrix_is_the_curvature_of_chi2(predictor, data, space, truth):
    fisher = fisher_matrix(predictor, data, truth, space)
    _, jacobian = predictor.value_and_jacobian(truth)
    columns = np.stack([np.asarray(jacobian[p.name], np.float64) for p in space.free], axis=1)
    np.testing.assert_allclose(
        fisher, columns.T @ np.linalg.solve(data.covariance, columns), rtol=1e-6
    )


def test_inverse_of_a_badly_scaled_matrix():
    fisher = np.array([[1e12, 2e5], [2e5, 1.0]])
    np.testing.assert_allclose(parameter_covariance(fisher) @ fisher, np.eye(2), atol=1e-6)


def test_unconstrained_directions_have_infinite_errors():
    covariance = parameter_covariance(np.diag([4.0, 0.0, 1.0]))
    np.testing.assert_allclose(np.diag(covariance), [0.25, np.inf, 1.0])
    degenerate = parameter_covariance(np.array([[1.0, 1.0, 0.0], [1.0, 1.0, 0.0], [0, 0, 4.0]]))
    assert np.isinf(np.diag(degenerate)[:2]).all()
    np.testing.assert_allclose(degenerate[2, 2], 0.25)


def test_unconstrained_directions_in_words():
    fisher = np.array([[4.0, 2.0, 0.0], [2.0, 1.0, 0.0], [0, 0, 4.0]])
    (direction,) = degeneracies(fisher, ("a", "b", "c"))
    assert direction.words in {"a +0.71, b −0.71", "b +0.71, a −0.71"}
    assert degeneracies(np.diag([1e12, 1.0]), ("a", "b")) == []
