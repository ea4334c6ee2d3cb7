"""Random pairs in a periodic box from which one of its equal parts has been cut out."""

import numpy as np

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(48)


def pair_fraction(
    boxsize: np.ndarray, n_side: tuple[int, int, int], rp_edges: np.ndarray, pi_max: float
) -> np.ndarray:
    r"""Fraction of the pairs of uniform random points that lie in each bin of r_p,

    $$ \left[ V v - 2 V_k v + \int_{bin} \prod_i f_i(|d_i|)\, d^3d \right] / (V - V_k)^2, $$

    where v is the volume of the bin, V_k that of the part, and f_i(d) = (l_i - d)_+ the overlap
    of a side l_i with itself displaced by d: all displacements, less those that start or end in
    the part, plus those that do both. A side as long as the box overlaps itself fully: f_i = L_i.

    Args:
        boxsize: (3,), the line of sight third.
        n_side: Parts along each axis.
        rp_edges: (n_rp + 1,).
        pi_max: Depth along the line of sight, at most half the box.

    Returns:
        (n_rp,)
    """
    parts = np.array(n_side)
    lengths, slopes = boxsize / parts, (parts > 1).astype(float)
    depth = 2 * _integral_to(pi_max, lengths[2], slopes[2])
    overlap = np.diff([_disc_overlap(edge, lengths[:2], slopes[:2]) for edge in rp_edges]) * depth
    bins = np.pi * np.diff(rp_edges**2) * 2 * pi_max
    volume, part = boxsize.prod(), lengths.prod()
    return ((volume - 2 * part) * bins + overlap) / (volume - part) ** 2


def _disc_overlap(radius: float, lengths: np.ndarray, slopes: np.ndarray) -> float:
    """Integral of f_x(|x|) f_y(|y|) over the disc x^2 + y^2 < radius^2.

    With x = radius sin(t), the integral over y is done in closed form and what is left is smooth
    in t, on either side of the circle's crossing with the end of f_y.
    """
    end_x, end_y = _support(lengths, slopes)
    last = np.arcsin(min(1.0, end_x / radius)) if radius else 0.0
    crossing = np.arccos(min(1.0, end_y / radius)) if radius else 0.0
    breaks = [0.0, min(crossing, last), last]
    return 4 * sum(
        _quarter_slice(radius, low, high, lengths, slopes)
        for low, high in zip(breaks[:-1], breaks[1:], strict=True)
    )


def _quarter_slice(
    radius: float, low: float, high: float, lengths: np.ndarray, slopes: np.ndarray
) -> float:
    angle = (low + high) / 2 + (high - low) / 2 * _NODES
    x, y = radius * np.sin(angle), radius * np.cos(angle)
    overlap_x = lengths[0] - slopes[0] * x
    integrand = overlap_x * _integral_to(y, lengths[1], slopes[1]) * y
    return (high - low) / 2 * float(_WEIGHTS @ integrand)


def _integral_to(end: np.ndarray | float, length: float, slope: float) -> np.ndarray | float:
    """Integral of f from 0 to `end`."""
    end = np.minimum(end, _support(length, slope))
    return length * end - slope * end**2 / 2


def _support(lengths: np.ndarray | float, slopes: np.ndarray | float) -> np.ndarray:
    """Where each f reaches 0; infinity where it is constant."""
    return np.where(np.asarray(slopes) > 0, lengths, np.inf)
