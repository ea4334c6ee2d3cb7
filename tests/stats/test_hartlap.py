import numpy as np
import pytest

from halograd.errors import HalogradError
from halograd.stats import hartlap


def test_the_inverse_becomes_unbiased():
    rng = np.random.default_rng(0)
    n_realisation, n_data, n_trial = 12, 4, 20_000
    mixing = rng.normal(size=(n_data, n_data)) + 2 * np.eye(n_data)
    drawn = rng.standard_normal((n_trial, n_realisation, n_data)) @ mixing
    drawn -= drawn.mean(axis=1, keepdims=True)
    estimates = np.einsum("tki,tkj->tij", drawn, drawn) / (n_realisation - 1)
    mean_inverse = np.linalg.inv(estimates).mean(axis=0)
    ratio = np.trace(mean_inverse @ (mixing.T @ mixing)) / n_data
    assert ratio > 1.5
    assert ratio * hartlap(n_realisation, n_data) == pytest.approx(1, abs=0.02)


@pytest.mark.parametrize(("n_realisation", "n_data"), [(10, 8), (3, 10), (10, 0)])
def test_too_few_realisations(n_realisation, n_data):
    with pytest.raises(HalogradError, match="no unbiased inverse"):
        hartlap(n_realisation, n_data)


def test_one_realisation_more_is_enough():
    assert hartlap(11, 8) == pytest.approx(0.1)
