"""Random pairs in a periodic box from which one of its equal parts has been cut out."""

from functools import singledispatch

import numpy as np

from halograd.errors import HalogradError
from halograd.pairs import CylinderBins, Geometry, Multipole, ShellBins
from halograd.stats.overdensity import RandomMultipoles, RandomPairs

_DIRECTIONS = np.linspace(0, 1, 41)  # bins of mu within which the box without a part is even
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(48)


@singledispatch
def fraction_without_part(
    geometry: Geometry, boxsize: np.ndarray, n_side: tuple[int, int, int]
) -> np.ndarray:
    """Fraction of the pairs of uniform random points in each bin of a geometry.

    Geometries of other forms than those here can be registered.

    Args:
        geometry: Bins in cylinders of one depth, or in shells.
        boxsize: (3,), the line of sight third.
        n_side: Parts along each axis.

    Returns:
        (*bins)

    Raises:
        HalogradError: For another geometry.
    """
    raise HalogradError(
        "the random pairs of a box without a part are known for bins of r_p below one pi_max, of "
        f"r, and of s and mu, got {type(geometry).__name__}"
    )


@fraction_without_part.register
def _(geometry: CylinderBins, boxsize: np.ndarray, n_side: tuple[int, int, int]) -> np.ndarray:
    if geometry.n_axes > 1:
        return fraction_without_part.dispatch(Geometry)(geometry, boxsize, n_side)
    return pair_fraction(boxsize, n_side, geometry.edges, geometry.line_of_sight_edges[-1])


@fraction_without_part.register
def _(geometry: ShellBins, boxsize: np.ndarray, n_side: tuple[int, int, int]) -> np.ndarray:
    fraction = shell_fraction(boxsize, n_side, geometry.edges, geometry.line_of_sight_edges)
    return fraction[:, 0] if geometry.n_axes == 1 else fraction


def random_pairs_without_part(
    geometry: Geometry, boxsize: np.ndarray, n_side: tuple[int, int, int]
) -> RandomPairs | RandomMultipoles:
    """What turns counts in a box without a part into an excess over random pairs.

    Args:
        geometry: The bins, of those that `fraction_without_part` knows, or multipoles.
        boxsize: (3,), the line of sight third.
        n_side: Parts along each axis.
    """
    if not isinstance(geometry, Multipole):
        return RandomPairs(fraction_without_part(geometry, boxsize, n_side))
    density = shell_fraction(boxsize, n_side, geometry.edges, _DIRECTIONS)
    nodes, weights = np.polynomial.legendre.leggauss(max(geometry.ells) + 1)  # exact for products
    middle, half = (_DIRECTIONS[1:] + _DIRECTIONS[:-1]) / 2, np.diff(_DIRECTIONS) / 2
    legendre = np.polynomial.legendre.legvander(
        middle[:, None] + half[:, None] * nodes, max(geometry.ells)
    )[..., list(geometry.ells)]
    mean = np.einsum("kql,q->kl", legendre, weights / 2)
    product = np.einsum("kql,kqm,q->klm", legendre, legendre, weights / 2)
    inverse = np.linalg.inv(np.einsum("sk,klm->slm", density, product))
    return RandomMultipoles(density @ mean, inverse)


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
    overlap = np.diff(_disc_overlap(rp_edges, lengths[:2], slopes[:2])) * depth
    bins = np.pi * np.diff(rp_edges**2) * 2 * pi_max
    return _fraction(bins, overlap, boxsize.prod(), lengths.prod())


def shell_fraction(
    boxsize: np.ndarray, n_side: tuple[int, int, int], s_edges: np.ndarray, mu_edges: np.ndarray
) -> np.ndarray:
    """As `pair_fraction`, for bins of distance and of |mu|.

    Args:
        boxsize: (3,), the line of sight third.
        n_side: Parts along each axis.
        s_edges: (n_s + 1,), at most half the box.
        mu_edges: (n_mu + 1,), between 0 and 1.

    Returns:
        (n_s, n_mu)
    """
    parts = np.array(n_side)
    lengths, slopes = boxsize / parts, (parts > 1).astype(float)
    sectors = [[_sector_overlap(s, mu, lengths, slopes) for mu in mu_edges] for s in s_edges]
    overlap = np.diff(np.diff(sectors, axis=0), axis=1)
    bins = 4 * np.pi / 3 * np.diff(s_edges**3)[:, None] * np.diff(mu_edges)
    return _fraction(bins, overlap, boxsize.prod(), lengths.prod())


def _fraction(bins: np.ndarray, overlap: np.ndarray, volume: float, part: float) -> np.ndarray:
    return ((volume - 2 * part) * bins + overlap) / (volume - part) ** 2


def _sector_overlap(radius: float, mu: float, lengths: np.ndarray, slopes: np.ndarray) -> float:
    """Integral of f_x f_y f_z over the part of a ball with |z| / r below `mu`.

    At height z = radius sin(t) it is a ring: a disc of radius cos(t), less one of the radius where
    |z| / r = mu. The disc's overlap has kinks where it meets the ends of f_x and f_y.
    """
    if not (radius and mu):
        return 0.0
    end_x, end_y, end_z = _support(lengths, slopes)
    corners = np.array([end_x, end_y, np.hypot(end_x, end_y)])
    narrow = np.sqrt(1 / mu**2 - 1)
    last = np.arcsin(min(mu, end_z / radius))
    kinks = [np.arccos(np.minimum(corners / radius, 1.0))]
    if narrow:
        kinks.append(np.arcsin(np.minimum(corners / (narrow * radius), 1.0)))
    breaks = np.unique(np.clip(np.concatenate([[0.0, last], *kinks]), 0.0, last))
    middle, half = (breaks[1:] + breaks[:-1]) / 2, np.diff(breaks) / 2
    angle = middle[:, None] + half[:, None] * _NODES
    z, outer = radius * np.sin(angle), radius * np.cos(angle)
    ring = _disc_overlap(outer, lengths[:2], slopes[:2])
    ring = ring - _disc_overlap(narrow * z, lengths[:2], slopes[:2])
    return float(2 * half @ ((ring * (lengths[2] - slopes[2] * z) * outer) @ _WEIGHTS))


def _disc_overlap(radius: np.ndarray, lengths: np.ndarray, slopes: np.ndarray) -> np.ndarray:
    """Integral of f_x(|x|) f_y(|y|) over the disc x^2 + y^2 < radius^2, for each radius.

    With x = radius sin(t), the integral over y is done in closed form and what is left is smooth
    in t, on either side of the circle's crossing with the end of f_y.
    """
    end_x, end_y = _support(lengths, slopes)
    positive = np.where(radius > 0, radius, 1.0)
    last = np.arcsin(np.minimum(1.0, end_x / positive))
    crossing = np.minimum(np.arccos(np.minimum(1.0, end_y / positive)), last)
    inner = _quarter_slice(radius, 0.0 * last, crossing, lengths, slopes)
    return 4 * (inner + _quarter_slice(radius, crossing, last, lengths, slopes))


def _quarter_slice(
    radius: np.ndarray, low: np.ndarray, high: np.ndarray, lengths: np.ndarray, slopes: np.ndarray
) -> np.ndarray:
    half = (high - low) / 2
    angle = ((low + high) / 2)[..., None] + half[..., None] * _NODES
    x, y = radius[..., None] * np.sin(angle), radius[..., None] * np.cos(angle)
    overlap_x = lengths[0] - slopes[0] * x
    return half * ((overlap_x * _integral_to(y, lengths[1], slopes[1]) * y) @ _WEIGHTS)


def _integral_to(end: np.ndarray | float, length: float, slope: float) -> np.ndarray | float:
    """Integral of f from 0 to `end`."""
    end = np.minimum(end, _support(length, slope))
    return length * end - slope * end**2 / 2


def _support(lengths: np.ndarray | float, slopes: np.ndarray | float) -> np.ndarray:
    """Where each f reaches 0; infinity where it is constant."""
    return np.where(np.asarray(slopes) > 0, lengths, np.inf)
