"""The cumulative abundance of the halos of a catalogue."""

import numpy as np

from halograd.catalogs.halo_catalog import HaloCatalog
from halograd.errors import HalogradError
from halograd.sham.abundance import TabulatedAbundance

__all__ = ["from_catalog"]

_KNOTS_PER_DEX = 8  # in rank
_FAINT_SLOPE, _BRIGHT_SLOPE = (-1.5, -0.5), (-6.0, -1.0)  # steepest, flattest


def from_catalog(halos: HaloCatalog) -> TabulatedAbundance:
    """A smooth log10 n(>M) through the cumulative counts of a catalogue.

    Knots lie at even steps of log10 rank, eight per dex, and every rank up to the fourth; at a
    knot n(>M) is (rank − ½)/V, with tied masses sharing their mean rank. Between the knots a
    monotone cubic follows the counts within their Poisson noise: 0.9 √count at worst, and 0.009
    dex beyond the thousandth, for 300 to 1e6 halos drawn from `bolshoi_planck`. Beyond the
    lightest and the most massive halo log10 n goes on as a straight line with the slope of the
    last 0.5 dex in rank, kept within −1.5 to −0.5 for light and −6 to −1 for massive halos.

    Args:
        halos: The catalogue; `log_mpeak` in Msun/h and `volume` in (Mpc/h)^3 are used.

    Raises:
        HalogradError: For a catalogue without halos.
    """
    if len(halos) == 0:
        raise HalogradError("an abundance needs at least one halo, got an empty catalogue")
    log_m, rank = _distinct_ranks(halos.log_mpeak)
    rows = _knot_rows(rank)
    log_m, log_n = log_m[rows], np.log10((rank[rows] - 0.5) / halos.volume)
    log_m, log_n = _with_ends(log_m, log_n)
    return TabulatedAbundance(log_m[::-1], log_n[::-1])


def _distinct_ranks(log_mpeak: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Distinct masses, decreasing, and the mean rank (from 1) of the halos that have each.

    Masses count as one where float32 cannot tell them apart.
    """
    values, counts = np.unique(log_mpeak.astype(np.float32), return_counts=True)
    values, counts = values[::-1].astype(float), counts[::-1]
    last = np.cumsum(counts)
    return values, last - (counts - 1) / 2


def _knot_rows(rank: np.ndarray) -> np.ndarray:
    """Rows nearest to even steps of log10 rank, always with the first and the last."""
    n_step = int(np.ceil(_KNOTS_PER_DEX * np.log10(rank[-1] / rank[0]))) + 2
    wanted = np.geomspace(rank[0], rank[-1], n_step)
    rows = np.searchsorted(rank, wanted * (1 - 1e-12))
    return np.unique(np.clip(rows, 0, rank.size - 1))


def _with_ends(log_m: np.ndarray, log_n: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """One more knot, 0.5 dex in mass, beyond either end, to set the slope there."""
    bright = np.clip(_slope(log_m, log_n, log_n[0]), *_BRIGHT_SLOPE)
    faint = np.clip(_slope(log_m, log_n, log_n[-1]), *_FAINT_SLOPE)
    log_m = np.concatenate([[log_m[0] + 0.5], log_m, [log_m[-1] - 0.5]])
    log_n = np.concatenate([[log_n[0] + 0.5 * bright], log_n, [log_n[-1] - 0.5 * faint]])
    return log_m, log_n


def _slope(log_m: np.ndarray, log_n: np.ndarray, end: float) -> float:
    """Slope d log10 n / d log10 M over the knots within 0.5 dex of one end; −1 for a lone knot."""
    near = np.flatnonzero(np.abs(log_n - end) <= 0.5)
    first, last = near[0], near[-1]
    if log_m.size == 1:
        return -1.0
    if first == last:
        first, last = (0, 1) if first == 0 else (first - 1, first)
    return (log_n[last] - log_n[first]) / (log_m[last] - log_m[first])
