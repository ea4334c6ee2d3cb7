"""Points packed into blocks on the host, and which of the blocks can hold pairs."""

from typing import NamedTuple

import numpy as np

from halograd.pairs.geometry import Geometry

_PAIRS_PER_STEP = 2**17  # point pairs in one step of the loop: its masks stay in the L2 cache
_ROWS_AT_ONCE = 256


class Blocks(NamedTuple):
    """A point set cut into blocks of equal size, the last one padded with repeats.

    Attributes:
        rows: (n_block, size), the point each slot holds; n_point marks padding.
        slots: (n_point,), the flat slot of each point.
        low: (n_block, 3), lower corner of each block's bounding box.
        high: (n_block, 3), upper corner.
    """

    rows: np.ndarray
    slots: np.ndarray
    low: np.ndarray
    high: np.ndarray


def pack(positions: np.ndarray, boxsize: np.ndarray, reach: np.ndarray, size: int) -> Blocks:
    """Pack points into blocks shaped like the search volume.

    Sort-tile-recursive packing (Leutenegger, Lopez & Edgington 1997): slabs of equal number
    along x, columns of equal number along y within a slab, runs along z within a column. Equal
    numbers, not equal sides, so clustered points get small blocks.

    Args:
        positions: (n_point, 3).
        boxsize: (3,).
        reach: (3,), how far a pair may stretch along each axis.
        size: Points in a block.
    """
    n_point = len(positions)
    n_block = -(-n_point // size)
    rows = np.full(n_block * size, n_point)
    rows[:n_point] = _tile_order(positions, _tiles(n_block, boxsize, reach), size)
    slots = np.empty(n_point, np.int64)
    slots[rows[:n_point]] = np.arange(n_point)
    rows = rows.reshape(n_block, size)
    held = positions[np.where(rows < n_point, rows, rows[:, :1])]
    return Blocks(rows, slots, held.min(axis=1, initial=np.inf), held.max(axis=1, initial=-np.inf))


def _tiles(n_block: int, boxsize: np.ndarray, reach: np.ndarray) -> tuple[int, int]:
    """Blocks in a slab and in a column, for blocks with sides in proportion to `reach`."""
    if n_block == 0:
        return 1, 1
    reach = np.where(reach >= boxsize / 2, boxsize, reach)
    n_along = np.maximum(1, (n_block * np.prod(reach / boxsize)) ** (1 / 3) * boxsize / reach)
    if reach[2] == boxsize[2]:  # every pair is within reach along z: do not cut there
        n_along = np.sqrt(n_block * boxsize[:2] / boxsize[1::-1])
    n_x, n_y = np.maximum(1, np.rint(n_along[:2]).astype(int))
    per_column = -(-n_block // (n_x * n_y))
    return per_column * n_y, per_column


def _tile_order(positions: np.ndarray, tiles: tuple[int, int], size: int) -> np.ndarray:
    """The points in slab, then column, then z order."""
    x, y, z = positions.T
    rank = np.arange(len(positions))
    order = np.argsort(x, kind="stable")
    for coordinate, n_block in zip((y, z), tiles, strict=True):
        group = rank // (n_block * size)
        order = order[np.lexsort((coordinate[order], group))]
    return order


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


def find_neighbours(
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
    distance = geometry.distance(gap[i, j])
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


def _reached(gap: np.ndarray, geometry: Geometry) -> np.ndarray:
    near = geometry.distance(gap) < geometry.edges[-1]
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
