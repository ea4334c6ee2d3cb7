"""Pair counts with their samples shared between four virtual devices, against one device.

The number of devices is set before JAX starts, so this runs in a process of its own.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

ENGINES = {
    "native-keep": {"backend": "native", "memory": "keep"},
    "native-recompute": {"backend": "native", "memory": "recompute"},
    "reference-keep": {"backend": "reference", "memory": "keep"},
}
N, N_DEVICE, N_SAMPLE = 32, 4, 8


def deviations(path, engines):
    """{engine: {quantity: largest relative deviation, or the message of the error}}"""
    subprocess.run(
        [sys.executable, "-m", "oracles.sharded_counts", str(path), *engines],
        env={
            **os.environ,
            "PYTHONPATH": str(Path(__file__).parents[1]),
            "JAX_PLATFORMS": "cpu",
            "XLA_FLAGS": f"--xla_force_host_platform_device_count={N_DEVICE}",
        },
        check=True,
    )
    return json.loads(Path(path).read_text())


def quantities(pairs, shard, total):
    """Functions of weights (N, N_SAMPLE) by name.

    `shard` makes of a function of columns the same by parts, each with some of the columns;
    `total` is the sum over the parts.
    """
    import jax
    import jax.numpy as jnp

    def square(function):
        return lambda w: jnp.sum(function(w) ** 2)

    def squares_around(w):
        return jnp.sum(pairs.per_point(w) ** 2)

    def cross_with_common(first):
        def of_columns(first, w):
            return total(pairs.cross(jnp.broadcast_to(first, w.shape), w).sum(axis=0))

        return lambda w: shard(of_columns, True)(first, w)

    count = shard(lambda w: total(pairs(w).sum(axis=0)))
    around = shard(lambda w: total(squares_around(w)))
    gradient = jax.grad(square(count))
    return {
        "value": count,
        "gradient": gradient,
        "gradient of parts": shard(jax.grad(square(pairs)), out_is_shared=True),
        "Hessian times vector": lambda w: jax.jvp(gradient, (w,), (jnp.cos(w),))[1],
        "gradient of sums around points": jax.grad(around),
        "gradient of common weights": lambda w: jax.grad(
            lambda first: square(cross_with_common(first))(w)
        )(w[:, :1]),
    }


def on_devices():
    """The `shard` and `total` of several devices."""
    import jax
    import numpy as np
    from jax.sharding import Mesh, PartitionSpec

    mesh, columns = Mesh(np.array(jax.devices()), ("sample",)), PartitionSpec(None, "sample")

    def shard(function, has_common=False, out_is_shared=False):
        specs = (PartitionSpec(), columns) if has_common else (columns,)
        out = columns if out_is_shared else PartitionSpec()
        return jax.shard_map(function, mesh=mesh, in_specs=specs, out_specs=out)

    return shard, lambda x: jax.lax.psum(x, "sample")


def on_one_device():
    return lambda function, *_, **__: function, lambda x: x


def deviation(sharded, whole, w):
    import jax
    import numpy as np

    try:
        found = jax.jit(sharded)(w)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    expected = np.array(jax.jit(whole)(w))
    return float(np.max(np.abs(found - expected)) / np.max(np.abs(expected)))


def _main(path, *engines):
    import jax
    import numpy as np

    from oracles.clustered_points import BOX, clustered
    from oracles.pair_cases import rp_pi

    jax.config.update("jax_enable_x64", True)
    assert jax.device_count() == N_DEVICE
    bins, found = rp_pi([0.0, 2.0, 18.0], [0.0, 15.0]), {}
    w = np.random.default_rng(0).random((N, N_SAMPLE))
    for engine in engines:
        pairs = bins.auto(clustered(N) % BOX, BOX, **bins.arguments, **ENGINES[engine])
        sharded, whole = (quantities(pairs, *f()) for f in (on_devices, on_one_device))
        found[engine] = {name: deviation(sharded[name], whole[name], w) for name in whole}
    Path(path).write_text(json.dumps(found))


if __name__ == "__main__":
    _main(*sys.argv[1:])
