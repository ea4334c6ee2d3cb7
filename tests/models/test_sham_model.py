import jax
import jax.numpy as jnp
import numpy as np
import pytest

from halograd import models, sham
from halograd.samples import samples_from

LOG_MPEAK = np.linspace(10.5, 14.5, 200).astype(np.float32)
SAMPLES = samples_from([(9.8, 10.2), (10.2, 10.6), (10.6, np.inf)])


@pytest.mark.parametrize("method", ["exact", "network"])
def test_no_caveats_where_the_mass_function_is_met(method):
    model = models.ShamModel(sham.bolshoi_planck(), method=method)
    assert model.caveats({}) == []


def test_caveats_name_what_is_wrong():
    model = models.ShamModel(sham.bolshoi_planck(), method="network")
    text = " ".join(model.caveats({"scatter_low": 0.8, "scatter_high": 0.8}))
    assert "outside what the network was trained on: the scatter" in text
    assert "mass function is not met" in text


@pytest.mark.slow
def test_methods_agree_on_weights_and_their_derivatives():
    def weights(method):
        model = models.ShamModel(sham.bolshoi_planck(), method=method)
        names = [p.name for p in model.space.free]
        at = jnp.array([model.space.defaults[name] for name in names])

        def of(values):
            theta = dict(zip(names, values, strict=True))
            return model.weights(theta, {"log_mpeak": LOG_MPEAK}, SAMPLES)

        return of(at), jax.jit(jax.jacfwd(of))(at)

    (exact, d_exact), (network, d_network) = weights("exact"), weights("network")
    np.testing.assert_allclose(network, exact, atol=0.01)
    scale = np.abs(d_exact).max(axis=(0, 1))
    np.testing.assert_allclose(d_network / scale, d_exact / scale, atol=0.005)
