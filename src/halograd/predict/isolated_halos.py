"""Pairs within halos, counted by a statistic's own pairs where every halo is alone."""

from typing import Any

import jax.numpy as jnp
import numpy as np

from halograd.catalogs.halo_catalog import HaloCatalog
from halograd.pairs import Pairs
from halograd.statistics import Statistic

_SHIFT_PER_SPEED = 0.02  # Mpc/h per km/s: more than (1 + z) / H at any redshift
_SPARE = 1.01
_BLOCK_SIZE = 2**24  # sums around points that are held at a time


def pair_sums(
    halos: HaloCatalog,
    statistic: Statistic,
    prepared: Any,
    group: np.ndarray,
    first: np.ndarray,
    second: np.ndarray,
) -> list[np.ndarray]:
    r"""Sums over the pairs within each group, \sum_{i \ne j} a_i b_j [ij \in bin].

    Args:
        halos: The points, each group around its own place; not necessarily in a periodic box.
        statistic: Whose pairs are counted.
        prepared: Its pairs on any catalogue, which tell how far they reach.
        group: (n,), from 0, in order.
        first: (n, k), weights a.
        second: (n, l), weights b.

    Returns:
        (n_group, k, l, *bins) for each of the statistic's pairs.
    """
    several = listed(prepared)
    reach = max(float(np.max(pairs.geometry.reach)) for pairs in several)
    n_group = int(group[-1]) + 1
    found = [
        np.empty((n_group, first.shape[1], second.shape[1], p.geometry.n_bin)) for p in several
    ]
    bins: list[tuple[int, ...]] = [()] * len(several)
    per_row = second.shape[1] * max(pairs.geometry.n_bin for pairs in several)
    starts = np.searchsorted(group, np.arange(n_group + 1))
    begin = 0
    while begin < n_group:
        most = starts[begin] + _BLOCK_SIZE // per_row
        end = max(int(np.searchsorted(starts, most, side="right")) - 1, begin + 1)
        rows = slice(starts[begin], starts[end])
        alone = _alone(halos[rows], group[rows] - begin, reach)
        for i, (sums, pairs) in enumerate(
            zip(found, listed(statistic.prepare(alone)), strict=True)
        ):
            around = np.asarray(pairs.per_point(jnp.asarray(second[rows], float)))
            bins[i] = around.shape[2:]
            around = around.reshape(len(around), second.shape[1], -1)
            for k, weight in enumerate(first[rows].T):
                products = weight[:, None, None] * around
                sums[begin:end, k] = np.add.reduceat(products, starts[begin:end] - rows.start)
        begin = end
    return [sums.reshape(*sums.shape[:3], *one) for sums, one in zip(found, bins, strict=True)]


def listed(prepared: Any) -> tuple[Pairs, ...]:
    """The pairs of a statistic, of which it may have one or several."""
    return prepared if isinstance(prepared, tuple) else (prepared,)


def _alone(halos: HaloCatalog, group: np.ndarray, reach: float) -> HaloCatalog:
    """Points in a box so wide that those of different groups have no pairs.

    Args:
        halos: Points whose positions and velocities are relative to their group.
        group: (n,), from 0.
        reach: The longest separation that counts, comoving Mpc/h, in redshift space too.
    """
    offset = halos.positions - halos.boxsize / 2
    widest = np.abs(offset).max(initial=0.0)
    if halos.velocities is not None:
        widest += _SHIFT_PER_SPEED * np.abs(halos.velocities).max(initial=0.0)
    spacing = _SPARE * (reach + 2 * widest)
    side = max(int(np.ceil((group.max(initial=0) + 1) ** (1 / 3) - 1e-9)), 3)
    cell = np.stack(np.unravel_index(group, (side,) * 3), axis=1)
    return HaloCatalog(
        positions=(cell + 0.5) * spacing + offset,
        velocities=halos.velocities,
        log_mpeak=halos.log_mpeak,
        boxsize=side * spacing,
        redshift=halos.redshift,
        cosmology=halos.cosmology,
    )


def relative(
    halos: HaloCatalog,
    offsets: np.ndarray,
    drifts: np.ndarray | None,
) -> HaloCatalog:
    """Points around the middle of a box, for `pair_sums`.

    Args:
        halos: Whose redshift and cosmology they have.
        offsets: (n, 3), comoving Mpc/h.
        drifts: (n, 3), km/s, or None.
    """
    side = 4 * max(float(np.abs(offsets).max(initial=0.0)), 1.0)
    return HaloCatalog(
        positions=side / 2 + offsets,
        velocities=drifts,
        log_mpeak=np.zeros(len(offsets)),
        boxsize=side,
        redshift=halos.redshift,
        cosmology=halos.cosmology,
    )
