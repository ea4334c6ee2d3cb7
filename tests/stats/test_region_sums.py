import jax.numpy as jnp
import numpy as np
import pytest

from halograd.stats.region_sums import RegionSums


@pytest.mark.parametrize("n", [0, 1, 15, 16, 17, 20_000])
def test_sums_over_regions_and_outside_them(n):
    rng = np.random.default_rng(n)
    region = rng.integers(5, size=n) ** 2 // 4  # uneven, and region 3 is empty
    values = rng.normal(size=(n, 2, 3)).astype(np.float32)
    expected = np.array([values[region == k].sum(axis=0, dtype=float) for k in range(5)])
    sum_over = RegionSums(region, 5)
    sums = sum_over(jnp.asarray(values))
    np.testing.assert_allclose(sums, expected, rtol=1e-5, atol=1e-4)
    outside = expected.sum(axis=0) - expected
    np.testing.assert_allclose(sum_over.outside(sums), outside, rtol=1e-5, atol=1e-4)


def test_large_regions_keep_float32_accuracy():
    region = np.arange(2_000_000) % 2
    values = jnp.full(len(region), 0.1, jnp.float32)
    exact = 1_000_000 * float(np.float32(0.1))
    np.testing.assert_allclose(RegionSums(region, 2)(values), exact, rtol=5e-7)


def test_what_lies_outside_the_only_full_region_is_exactly_nothing():
    region = np.zeros(1000, int)
    sums = RegionSums(region, 3)(jnp.asarray(np.random.default_rng(0).random(1000), jnp.float32))
    assert RegionSums(region, 3).outside(sums)[0] == 0
