"""Slow, obvious float64 versions of what halograd computes."""

import numpy as np


def axis_separations(first, second, boxsize, periodic=True):
    """Separations (n, m, 3) without sign, to the nearest image along periodic axes."""
    apart = np.abs(np.asarray(first)[:, None] - np.asarray(second)[None])
    if boxsize is None:
        return apart
    return np.where(periodic, np.minimum(apart, np.broadcast_to(boxsize, (3,)) - apart), apart)


def bin_matrix(apart, edges, line_of_sight_edges, *, is_projected, line_of_sight=2):
    """(n, m, n1, n2) of 0 and 1: whether a separation lies in a bin of (rp, |pi|) or (s, mu)."""
    dx, dy = (apart[..., axis] for axis in range(3) if axis != line_of_sight)
    dz = apart[..., line_of_sight]
    squared, along = dx**2 + dy**2, dz
    upper = np.array(line_of_sight_edges[1:], float)
    if not is_projected:
        squared = squared + dz**2
        along = np.divide(dz, np.sqrt(squared), out=np.zeros_like(dz), where=squared > 0)
        upper[upper >= 1] = np.inf
    across = _inside(squared, np.square(edges[:-1]), np.square(edges[1:]))
    return (
        across[..., :, None] & _inside(along, line_of_sight_edges[:-1], upper)[..., None, :]
    ) * 1.0


def legendre(apart, ells, line_of_sight=2):
    """L_ell of mu for separations (n, m, 3), mu being 0 for coincident points. (n, m, n_ell)"""
    distance = np.sqrt((apart**2).sum(axis=-1))
    mu = np.divide(
        apart[..., line_of_sight], distance, out=np.zeros_like(distance), where=distance > 0
    )
    return np.stack([np.polynomial.legendre.Legendre.basis(ell)(mu) for ell in ells], axis=-1)


def _inside(values, low, high):
    return (values[..., None] >= low) & (values[..., None] < high)


def pair_matrix(first, second, boxsize, rp_edges, pi_max=np.inf):
    """(n, m, n_rp) of 0 and 1: whether a pair lies in a bin."""
    apart = axis_separations(first, second, boxsize)
    return bin_matrix(apart, rp_edges, [0.0, pi_max], is_projected=True)[..., 0]


def auto_matrix(positions, boxsize, rp_edges, pi_max):
    """As `pair_matrix` within one set, a point not pairing with itself."""
    return without_self(pair_matrix(positions, positions, boxsize, rp_edges, pi_max))


def without_self(matrix):
    """A pair matrix (n, n, ...) without the pairs of points with themselves."""
    same = np.eye(len(matrix), dtype=bool).reshape(*matrix.shape[:2], *(1,) * (matrix.ndim - 2))
    return np.where(same, 0.0, matrix)


def unit_counts(positions, boxsize, rp_edges, pi_max):
    """Auto pair counts with unit weights of a large set, point by point. (n_rp,) integers"""
    return unit_counts_2d(positions, boxsize, rp_edges, [0.0, pi_max], is_projected=True)[:, 0]


def unit_counts_2d(positions, boxsize, edges, line_of_sight_edges, *, is_projected):
    """As `unit_counts`, in bins of (rp, |pi|) or (s, mu). (n1, n2) integers"""
    axes = [np.ascontiguousarray(axis) for axis in positions.T]
    sides = np.broadcast_to(boxsize, (3,))
    depth = line_of_sight_edges[-1] if is_projected else edges[-1]
    counts = np.zeros((len(edges) - 1, len(line_of_sight_edges) - 1), np.int64)
    for i in range(len(positions)):
        apart = np.abs(axes[2] - axes[2][i])
        near = np.flatnonzero(np.minimum(apart, sides[2] - apart) < depth)
        near = near[near != i]
        apart = np.abs(np.stack([axis[near] - axis[i] for axis in axes], axis=-1))
        apart = np.minimum(apart, sides - apart)
        counts += _counts(apart, edges, line_of_sight_edges, is_projected)
    return counts


def _counts(apart, edges, line_of_sight_edges, is_projected):
    dx, dy, along = apart.T
    squared = dx**2 + dy**2
    if not is_projected:
        squared = squared + along**2
    near = squared < edges[-1] ** 2
    squared, along = squared[near], along[near]
    if not is_projected:
        along = np.divide(along, np.sqrt(squared), out=np.zeros_like(along), where=squared > 0)
    rows = np.searchsorted(np.square(edges), squared, side="right") - 1
    columns = np.searchsorted(line_of_sight_edges[:-1], along, side="right") - 1
    inside = (rows >= 0) & (columns >= 0)
    if is_projected or line_of_sight_edges[-1] < 1:
        inside &= along < line_of_sight_edges[-1]
    shape = len(edges) - 1, len(line_of_sight_edges) - 1
    flat = rows[inside] * shape[1] + columns[inside]
    return np.bincount(flat, minlength=shape[0] * shape[1]).reshape(shape)
