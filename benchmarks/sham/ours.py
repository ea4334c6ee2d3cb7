"""What is measured of halograd: functions without arguments, by name."""

import jax
import jax.numpy as jnp

from benchmarks.sham.halos import EDGES, NAMES, THETA, log_mpeak
from halograd import sham
from halograd.models import ShamModel
from halograd.samples import samples_from

_SHMF = sham.bolshoi_planck()


def tasks(n):
    """{name: task}; the first call of a task compiles."""
    log_m = jnp.asarray(log_mpeak(n))
    theta = jnp.array(THETA, jnp.float32)
    found = {}
    for method in ("network", "exact"):
        found |= _of_method(method, log_m, theta)
    found["deconvolution: value"] = lambda: _mean(theta, log_m, "deconvolution")
    weights = jax.jit(lambda theta: _weights(theta, log_m))
    found["network: weights of 3 samples"] = lambda: weights(theta)
    both = jax.jit(lambda theta: _with_jacobian(lambda t: _weights(t, log_m), theta))
    found["network: weights of 3 samples + Jacobian in 6 parameters"] = lambda: both(theta)
    return found


def _of_method(method, log_m, theta):
    def mean(theta, log_m):
        return _mean(theta, log_m, method)

    value = jax.jit(mean)
    total = jax.jit(jax.value_and_grad(lambda theta, log_m: mean(theta, log_m).mean()))
    jacobian = jax.jit(lambda theta, log_m: _with_jacobian(lambda t: mean(t, log_m), theta))
    few = log_m[:36]
    return {
        f"{method}: value": lambda: value(theta, log_m),
        f"{method}: value + gradient of a sum": lambda: total(theta, log_m),
        f"{method}: value + Jacobian in 6 parameters": lambda: jacobian(theta, log_m),
        f"{method}: relation alone + Jacobian (36 halos)": lambda: jacobian(theta, few),
    }


def _mean(theta, log_m, method):
    smf, scatter = sham.Schechter(*theta[:3]), sham.Scatter(*theta[3:6])
    return sham.mean_log_mstar(log_m, smf, scatter, _SHMF, method=method)


def _weights(theta, log_m):
    """The weights of `ShamModel`; the sixth parameter is a shift of all halo masses."""
    model = ShamModel(_SHMF, method="network")
    named = dict(zip(NAMES[:5], theta[:5], strict=True))
    shifted = log_m + (theta[5] - THETA[5])
    samples = samples_from(zip(EDGES[:-1], EDGES[1:], strict=True))
    return model.weights(named, {"log_mpeak": shifted}, samples)


def _with_jacobian(function, theta):
    value, push = jax.linearize(function, theta)
    return value, jax.vmap(push)(jnp.eye(theta.size, dtype=theta.dtype))
