import numpy as np
import pytest

from halograd.errors import HalogradError
from halograd.stats import hartlap, percival


def test_errors_are_the_scatter_of_fits():
    """A linear model fitted again and again, each time with a new estimate of the covariance."""
    rng = np.random.default_rng(0)
    n_realisation, n_data, n_trial = 100, 20, 3000
    design = rng.normal(size=(n_data, 2))
    drawn = rng.standard_normal((n_trial, n_realisation, n_data))
    drawn -= drawn.mean(axis=1, keepdims=True)
    inverse = np.linalg.inv(np.einsum("tki,tkj->tij", drawn, drawn) / (n_realisation - 1))
    fisher = np.einsum("ia,tij,jb->tab", design, inverse, design)
    pull = np.einsum("ia,tij,tj->ta", design, inverse, rng.standard_normal((n_trial, n_data)))
    fitted = np.linalg.solve(fisher, pull[..., None])[..., 0]
    scatter = np.einsum("ta,tb->ab", fitted, fitted) / n_trial
    claimed = np.linalg.inv(fisher).mean(axis=0)
    ratio = np.trace(np.linalg.solve(claimed, scatter)) / 2
    assert ratio > 1.4
    assert ratio == pytest.approx(percival(n_realisation, n_data, 2), rel=0.03)


def test_many_realisations_leave_the_covariance_alone():
    assert percival(10**6, 20, 5) == pytest.approx(1, abs=1e-4)
    assert percival(60, 20, 5) * hartlap(60, 20) > 1


@pytest.mark.parametrize(("n_realisation", "n_data"), [(24, 20), (10, 0)])
def test_too_few_realisations(n_realisation, n_data):
    with pytest.raises(HalogradError, match="cannot constrain parameters"):
        percival(n_realisation, n_data, 3)
