"""Sums of per-point values over regions, accurate in float32."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

_FAN_IN = 16  # scatters add one by one, and each addition rounds


class RegionSums(eqx.Module):
    """Sums over the points of each region by a tree of short sums.

    As `tree_sum` over all points: the rounding error grows with the log of the number of points
    in a region instead of the number.

    Args:
        region: (n,), the region of each point, 0 to n_region - 1.
        n_region: Number of regions; some may be empty.
    """

    parents: tuple[np.ndarray, ...]
    sizes: tuple[int, ...] = eqx.field(static=True)

    def __init__(self, region: np.ndarray, n_region: int) -> None:
        parents, sizes = [], []
        while np.bincount(region, minlength=n_region).max(initial=0) > _FAN_IN:
            parent, region = _parents(region)
            parents.append(parent)
            sizes.append(len(region))
        self.parents = (*parents, np.asarray(region, np.int32))
        self.sizes = (*sizes, n_region)

    def __call__(self, values: jax.Array) -> jax.Array:
        """(n, ...) -> (n_region, ...)."""
        for parent, size in zip(self.parents, self.sizes, strict=True):
            values = jax.ops.segment_sum(values, parent, size)
        return values

    def outside(self, values: jax.Array) -> jax.Array:
        """The sum over all regions but one, for each: (n_region, ...) -> (n_region, ...).

        Added up anew, since total minus region would leave rounding where nothing is left.
        """
        others = 1 - jnp.eye(len(values), dtype=values.dtype)
        return jnp.tensordot(others, values, axes=1, precision=jax.lax.Precision.HIGHEST)


def _parents(region: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Groups of at most `_FAN_IN` points of a region: the group of each, the region of each."""
    order = np.argsort(region, kind="stable")
    ordered = region[order]
    starts = np.searchsorted(ordered, ordered)
    first = (np.arange(len(region)) - starts) % _FAN_IN == 0
    parent = np.empty(len(region), np.int32)
    parent[order] = np.cumsum(first) - 1
    return parent, ordered[first]
