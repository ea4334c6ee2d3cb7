"""Slow, obvious float64 versions of what halograd computes."""

import numpy as np


def separations(first, second, boxsize):
    """Nearest-image rp and |pi| between all points: two (n, m) arrays."""
    sides = np.broadcast_to(boxsize, (3,))
    apart = np.abs(first[:, None] - second[None])
    apart = np.minimum(apart, sides - apart)
    return np.sqrt(apart[..., 0] ** 2 + apart[..., 1] ** 2), apart[..., 2]


def pair_matrix(first, second, boxsize, rp_edges, pi_max=np.inf):
    """(n, m, n_rp) of 0 and 1: whether a pair lies in a bin."""
    rp, pi = separations(np.asarray(first), np.asarray(second), boxsize)
    low, high = rp_edges[:-1], rp_edges[1:]
    inside = (rp[..., None] ** 2 >= np.square(low)) & (rp[..., None] ** 2 < np.square(high))
    return (inside & (pi[..., None] < pi_max)).astype(float)


def auto_matrix(positions, boxsize, rp_edges, pi_max):
    """As `pair_matrix` within one set, a point not pairing with itself."""
    matrix = pair_matrix(positions, positions, boxsize, rp_edges, pi_max)
    matrix[np.arange(len(matrix)), np.arange(len(matrix))] = 0
    return matrix


def unit_counts(positions, boxsize, rp_edges, pi_max):
    """Auto pair counts with unit weights of a large set, point by point. (n_rp,) integers"""
    axes = [np.ascontiguousarray(axis) for axis in positions.T]
    sides = np.broadcast_to(boxsize, (3,))
    below = np.zeros(len(rp_edges), np.int64)
    for i in range(len(positions)):
        apart = np.abs(axes[2] - axes[2][i])
        near = np.flatnonzero(np.minimum(apart, sides[2] - apart) < pi_max)
        near = near[near != i]
        rp2 = np.zeros(len(near))
        for axis, side in zip(axes[:2], sides[:2], strict=True):
            apart = np.abs(axis[near] - axis[i])
            rp2 += np.minimum(apart, side - apart) ** 2
        rp2 = rp2[rp2 < rp_edges[-1] ** 2]
        below += (rp2[:, None] < np.square(rp_edges)).sum(axis=0)
    return np.diff(below)
