"""Which blocks can hold pairs, and how many of the bin edges each pair of blocks can reach."""

from typing import NamedTuple

import numpy as np

from halograd.pairs._blocks import Blocks

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
    first: Blocks, second: Blocks, boxsize: np.ndarray, rp_edges: np.ndarray, pi_max: float
) -> tuple[Neighbours, ...]:
    """All block pairs that come closer than the largest edge and `pi_max`.

    Most pairs of points lie in the outermost bins, and blocks that are far apart cannot reach
    the inner edges: grouping block pairs by the number of edges within reach halves the work.
    """
    found = [
        _within_reach(first, second, slice(row, row + _ROWS_AT_ONCE), boxsize, rp_edges, pi_max)
        for row in range(0, len(first.low), _ROWS_AT_ONCE)
    ]
    i, j, needed = (
        (np.concatenate(parts) for parts in zip(*found, strict=True))
        if found
        else (np.empty(0, int),) * 3
    )
    step = max(1, _PAIRS_PER_STEP // (first.rows.shape[1] * second.rows.shape[1]))
    sizes = _group_sizes(len(rp_edges))
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
    first: Blocks,
    second: Blocks,
    rows: slice,
    boxsize: np.ndarray,
    rp_edges: np.ndarray,
    pi_max: float,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Block pairs (i, j) of the chosen rows, and the number of edges beyond their distance."""
    middle = [(b.low + b.high) / 2 for b in (first, second)]
    half = [(b.high - b.low) / 2 for b in (first, second)]
    apart = np.abs(middle[0][rows, None] - middle[1][None])
    apart = np.minimum(apart, boxsize - apart) - half[0][rows, None] - half[1][None]
    gap = np.maximum(apart - 1e-7 * boxsize, 0.0)  # room for the rounding of coordinates
    rp = np.hypot(gap[..., 0], gap[..., 1])
    i, j = np.nonzero((rp < rp_edges[-1]) & (gap[..., 2] < pi_max))
    needed = len(rp_edges) - np.searchsorted(rp_edges, rp[i, j], side="right")
    return i + rows.start, j, needed


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
