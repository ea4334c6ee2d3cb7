"""Points packed into equal blocks of near neighbours, on the host, once per catalogue."""

from typing import NamedTuple

import numpy as np


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
