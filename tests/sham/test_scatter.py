import jax
import numpy as np
import pytest

from halograd import sham
from halograd.errors import HalogradError


def test_runs_from_low_to_high():
    scatter = sham.Scatter(low=0.4, high=0.2, log_m_mid=12.5, k=2.0)
    np.testing.assert_allclose(scatter([0.0, 12.5, 40.0]), [0.4, 0.3, 0.2], rtol=1e-6)
    assert scatter(12.0) == pytest.approx(0.4 - 0.2 / (1 + np.exp(1.0)), rel=1e-6)


def test_gradient_in_every_parameter():
    gradient = jax.grad(lambda s: s(12.7))(sham.Scatter())
    step = 1 / (1 + np.exp(-0.7))
    assert gradient.high == pytest.approx(step, rel=1e-5)
    assert gradient.low == pytest.approx(1 - step, rel=1e-5)
    assert gradient.k == pytest.approx(-0.1 * 0.7 * step * (1 - step), rel=1e-5)


def test_negative_scatter_is_refused_and_zero_allowed():
    assert (np.asarray(sham.Scatter(0.0, 0.0)([10.0, 14.0])) == 0).all()
    with pytest.raises(HalogradError, match="high of Scatter must be 0 dex or more"):
        sham.Scatter(low=0.3, high=-0.1)
    with pytest.raises(HalogradError, match="k of Scatter must be finite"):
        sham.Scatter(k=np.inf)
