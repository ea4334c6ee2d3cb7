"""What is measured of the paper's code, PyPI `shamnet`, in a Python that has it.

python -m benchmarks.sham.published REPEATS HALOS.npy
"""

import json
import sys
import types

import numpy as np

from benchmarks.sham.clock import timed

_THETA = (-2.3, -1.06, 0.3, 0.2)  # its network knows no other parameters


def tasks(log_m):
    """{name: task}, by its own functions."""
    import jax
    import jax.numpy as jnp

    _provide_what_jax_dropped(jax)
    from shamnet.sham_network import get_sham_network

    network = get_sham_network()
    params, log_m = network.net_init(), jnp.asarray(log_m)
    theta = jnp.array(_THETA)

    def mean(theta):
        return network.pred_logsm_from_logmh(params, *theta, log_m)

    total = jax.jit(jax.value_and_grad(lambda theta: mean(theta).mean()))
    derivatives = jax.jit(network.pred_logsm_scat_and_derivs)
    return {
        "shamnet: value": lambda: mean(theta),
        "shamnet: value + gradient of a sum": lambda: total(theta),
        "shamnet: value + Jacobian in 4 parameters": lambda: derivatives(params, *theta, log_m),
    }


def _provide_what_jax_dropped(jax):
    """The names of 2021 that the package asks for, on top of what replaced them."""
    from jax.example_libraries import optimizers, stax

    sys.modules.setdefault("jax.experimental.stax", stax)
    sys.modules.setdefault("jax.experimental.optimizers", optimizers)
    jax.experimental.stax, jax.experimental.optimizers = stax, optimizers
    design = types.ModuleType("pyDOE2")
    design.lhs = lambda n, samples: np.random.default_rng(0).random((samples, n))
    sys.modules.setdefault("pyDOE2", design)
    if not hasattr(jax.ops, "index_update"):
        jax.ops.index = type("Index", (), {"__getitem__": lambda self, key: key})()
        jax.ops.index_update = lambda x, key, value: x.at[key].set(value)


def main():
    try:
        measured = timed(tasks(np.load(sys.argv[2])), int(sys.argv[1]))
    except Exception as error:  # whatever a foreign code raises is a reason to report
        measured = {"missing": f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"}
    print(json.dumps(measured))


if __name__ == "__main__":
    main()
