"""Which blocks can hold pairs, and how many of the bin edges each pair of blocks can reach."""

from typing import NamedTuple

import numpy as np

from halograd.pairs._blocks import Blocks
from halograd.pairs._geometry import Geometry

_PAIRS_PER_STEP = 2**17  # point pairs in one step of the loop: its masks stay in the L2 cache
_ROWS_AT_ONCE = 256


class Neighbours(NamedTuple):
    """Block pairs that need the same number of outermost edges, in steps of equal length.

    Attributes:
        n_edge: How many edges, counted from the largest, the separations can lie below.
        first: (n_step, step), block of the first set; padding points at the empty last block.
        second: (n_step, step), block of the second set.
    """

    n_edge: int
    first: np.ndarray
    second: np.ndarray


def find(
    first: Blocks, second: Blocks, boxsize: np.ndarray, geometry: Geometry
) -> tuple[Neighbours, ...]:
    """All block pairs that come closer than the bins reach.

    Most pairs of points lie in the outermost bins, and blocks that are far apart cannot reach
    the inner edges: grouping block pairs by the number of edges within reach halves the work.
    """
    found = [
        _within_reach(first, second, slice(row, row + _ROWS_AT_ONCE), boxsize, geometry)
        for row in range(0, len(first.low), _ROWS_AT_ONCE)
    ]
    i, j, needed = (
        (np.concatenate(parts) for parts in zip(*found, strict=True))
        if found
        else (np.empty(0, int),) * 3
    )
    step = max(1, _PAIRS_PER_STEP // (first.rows.shape[1] * second.rows.shape[1]))
    sizes = _group_sizes(len(geometry.edges))
    group = np.searchsorted(sizes, needed)
    empty = len(first.low), len(second.low)
    groups = []
    for number, n_edge in enumerate(sizes):
        chosen = group == number
        if chosen.any():
            steps = (_steps(b[chosen], step, e) for b, e in zip((i, j), empty, strict=True))
            groups.append(Neighbours(n_edge, *steps))
    return tuple(groups)


def _within_reach(
    first: Blocks, second: Blocks, rows: slice, boxsize: np.ndarray, geometry: Geometry
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Block pairs (i, j) of the chosen rows, and the number of edges beyond their distance."""
    low, high = first.low[rows], first.high[rows]
    gap = _gap(low.min(axis=0), high.max(axis=0), second.low, second.high, boxsize)
    near = np.flatnonzero(_reached(gap, geometry))
    gap = _gap(low[:, None], high[:, None], second.low[near], second.high[near], boxsize)
    i, j = np.nonzero(_reached(gap, geometry))
    distance = _distance(gap[i, j], geometry)
    needed = len(geometry.edges) - np.searchsorted(geometry.edges, distance, side="right")
    return i + rows.start, near[j], needed


def _gap(
    low1: np.ndarray, high1: np.ndarray, low2: np.ndarray, high2: np.ndarray, boxsize: np.ndarray
) -> np.ndarray:
    """Least separation per axis of points of boxes (..., 3), to the nearest periodic image."""
    apart = np.abs(low1 + high1 - low2 - high2) / 2
    reach = (high1 - low1 + high2 - low2) / 2
    room = 1e-7 * boxsize  # for the rounding of coordinates
    return np.maximum(np.minimum(apart, boxsize - apart) - reach - room, 0.0)


def _distance(gap: np.ndarray, geometry: Geometry) -> np.ndarray:
    """The separation that is binned, rp or r."""
    across = np.hypot(gap[..., 0], gap[..., 1])
    return across if geometry.is_projected else np.hypot(across, gap[..., 2])


def _reached(gap: np.ndarray, geometry: Geometry) -> np.ndarray:
    near = _distance(gap, geometry) < geometry.edges[-1]
    return near & (gap[..., 2] < geometry.reach[2])


def _group_sizes(n_edge: int) -> list[int]:
    """Numbers of edges worth a loop of their own: halves of halves, down to two."""
    sizes = [n_edge]
    while sizes[-1] > 3:
        sizes.append(-(-sizes[-1] // 2))
    return sizes[::-1]


def _steps(blocks: np.ndarray, step: int, empty: int) -> np.ndarray:
    n_step = -(-len(blocks) // step)
    padded = np.full(n_step * step, empty, np.int32)
    padded[: len(blocks)] = blocks
    return padded.reshape(n_step, step)
