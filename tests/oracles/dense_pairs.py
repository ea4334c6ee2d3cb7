"""Every pair of a periodic box as a dense matrix of 0 and 1 per bin, in each geometry."""

import numpy as np


def displacements(first, second, boxsize, line_of_sight=2):
    """Nearest-image distance across (n, m), and along the line of sight (n, m)."""
    sides = np.broadcast_to(boxsize, (3,))
    apart = np.abs(np.asarray(first)[:, None] - np.asarray(second)[None])
    apart = np.minimum(apart, sides - apart)
    across = np.delete(apart, line_of_sight, axis=2)
    return np.sqrt((across**2).sum(axis=2)), apart[..., line_of_sight]


def in_bins(values, edges):
    """(n, m, n_bin): whether each value lies in each half-open bin."""
    return (values[..., None] >= edges[:-1]) & (values[..., None] < edges[1:])


def rp_pi_matrix(first, second, boxsize, rp_edges, pi_edges, line_of_sight=2):
    """(n, m, n_rp, n_pi)"""
    rp, pi = displacements(first, second, boxsize, line_of_sight)
    inside = in_bins(rp, rp_edges)[..., :, None] & in_bins(pi, pi_edges)[..., None, :]
    return inside.astype(float)


def s_mu_matrix(first, second, boxsize, s_edges, mu_edges, line_of_sight=2):
    """(n, m, n_s, n_mu); mu = 1 belongs to the last bin."""
    rp, pi = displacements(first, second, boxsize, line_of_sight)
    s = np.hypot(rp, pi)
    mu = np.divide(pi, s, out=np.zeros_like(s), where=s > 0)
    closed = np.where(np.asarray(mu_edges) >= 1, 2.0, mu_edges)
    inside = in_bins(s, s_edges)[..., :, None] & in_bins(mu, closed)[..., None, :]
    return inside.astype(float)


def without_self(matrix):
    """The matrix of a set with itself, no point its own neighbour."""
    matrix = matrix.copy()
    matrix[np.arange(len(matrix)), np.arange(len(matrix))] = 0
    return matrix


def excess(matrix, first, second, bin_volumes, volume, *, two_sets=False):
    """DD / RR - 1 of weights (n,) and (m,)."""
    counts = np.einsum("i,ij...,j->...", first, matrix, second)
    number = first.sum() * second.sum() - (0 if two_sets else np.sum(first * second))
    return counts / (number * bin_volumes / volume) - 1
