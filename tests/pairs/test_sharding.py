"""Samples shared between devices, the points on each: `jax.shard_map` with its checks on."""

import pytest

from halograd.pairs import backends
from oracles import sharded_counts

QUANTITIES = [
    "value",
    "gradient",
    "gradient of parts",
    "Hessian times vector",
    "gradient of sums around points",
    "gradient of common weights",
]


@pytest.fixture(scope="module")
def deviations(tmp_path_factory):
    has_native = backends.native_available()
    engines = [name for name in sharded_counts.ENGINES if has_native or "native" not in name]
    return sharded_counts.deviations(tmp_path_factory.mktemp("sharding") / "found.json", engines)


@pytest.mark.parametrize("quantity", QUANTITIES)
@pytest.mark.parametrize("engine", sharded_counts.ENGINES)
def test_samples_on_several_devices(deviations, engine, quantity):
    if engine not in deviations:
        pytest.skip("the compiled pair engine is not installed")
    deviation = deviations[engine][quantity]
    assert isinstance(deviation, float), deviation
    assert deviation < 1e-12
