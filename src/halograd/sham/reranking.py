"""Mean stellar masses that scatter gives back, by repeated scattering and re-ranking.

Halos are labelled by s, the mass they would have without scatter, so that n_halo(>s) is
n_gal(>s). Scatter about a trial mean μ(s) puts N(>m) galaxies above m; to re-rank is to replace
m by the mass T(m) that is as rare in the stellar mass function,

    N(>m) = ∫ du k(u) n_halo(> s_u(m)),  μ + u σ = m at s_u(m);      n_gal(>T(m)) = N(>m)      (1)

and the next mean of a halo is the mean of its re-ranked masses,

    μ(s) ← ∫ du k(u) T(μ(s) + u σ(s)).                                                       (2)

Where T(m) = m the stellar mass function has come back, and μ no longer moves. Both integrals are
sums over even steps of the rank u within the kernel, which are as good for σ = 0 as for wide
scatter. For a normal kernel of one σ this is the iteration of the C code by P. Behroozi in the
PyPI package AbundanceMatching, which sums over stellar mass instead.
"""

from typing import NamedTuple

import numpy as np

from halograd.kernels import Kernel
from halograd.sham.host_values import host_values
from halograd.sham.smf import StellarMassFunction

__all__ = ["Reranking", "labels", "rerank"]

_N_RANK = 61
_RARER = 3.0  # dex in n(>m)
_HUGE, _TINY = 300.0, 1e-300


class Reranking(NamedTuple):
    """The mean masses that re-ranking ended in.

    Attributes:
        mean: (n,), μ at the labels, log10 of Msun.
        steps: Number of times that (2) was applied.
        misfit: The largest |log10 N(>m) − log10 n_gal(>m)| over the masses compared, dex, before
            the last step.
    """

    mean: np.ndarray
    steps: int
    misfit: float


class _Halos(NamedTuple):
    """Halos on even labels: (n,) each; see `rerank`."""

    label: np.ndarray
    log_above: np.ndarray
    sigma: np.ndarray

    def slopes(self) -> tuple[float, float]:
        """Slope of `log_above` at the first and at the last label."""
        rise = np.diff(self.log_above[[0, 1, -2, -1]]) / (self.label[1] - self.label[0])
        return rise[0], rise[2]

    def log_above_in(self, order: np.ndarray) -> np.ndarray:
        """log10 n of the halos from each place of another order upwards. (n,)"""
        above = 10.0**self.log_above
        each = np.append(above[:-1] - above[1:], above[-1])
        return np.log10(np.maximum(np.cumsum(each[order][::-1])[::-1], _TINY))


def labels(
    smf: StellarMassFunction, faintest: float, brightest: float, spacing: float
) -> tuple[np.ndarray, np.ndarray]:
    """Labels s from `faintest` to beyond `brightest`, and log10 n_gal(>s). (n,) x 2

    Beyond `brightest` log10 n goes on as a straight line, for three dex in n: scatter can give
    back a power law, but hardly the cut-off of a Schechter function where nothing is measured.
    """
    ends = host_values("smf", smf.log_cumulative_density, brightest - np.array([0.01, 0.0]))
    slope = min((ends[1] - ends[0]) / 0.01, -1e-3)
    n_label = round((brightest - faintest + min(-_RARER / slope, 3.0)) / spacing) + 1
    label = faintest + spacing * np.arange(n_label)
    within = host_values("smf", smf.log_cumulative_density, np.minimum(label, brightest))
    return label, within + slope * np.maximum(label - brightest, 0)


def rerank(
    label: np.ndarray,
    log_above: np.ndarray,
    sigma: np.ndarray,
    kernel: Kernel,
    *,
    compare: tuple[float, float],
    steps: int,
    tolerance: float,
) -> Reranking:
    """Apply (2) up to `steps` times, fewer where N(>m) agrees within `tolerance`.

    Args:
        label: (n,), s, log10 of Msun, on an even grid.
        log_above: (n,), log10 n_gal(>s), decreasing.
        sigma: (n,), σ of the halos at s, dex.
        kernel: The shape of the scatter.
        compare: log10 masses between which N(>m) is compared.
        steps: The most steps to take.
        tolerance: Largest difference of log10 N(>m) that counts as agreement, dex.
    """
    halos = _Halos(label, log_above, sigma)
    rank, weight = _ranks(kernel)
    compared = (label >= compare[0]) & (label <= compare[1])
    mean, misfit = label.copy(), np.inf
    for step in range(steps):
        above = _log_above(halos, mean, rank, weight)
        misfit = float(np.abs(above - log_above)[compared].max())
        if misfit <= tolerance:
            return Reranking(mean, step, misfit)
        shift = _shift(halos, above)
        scattered = mean[:, None] + rank * sigma[:, None]
        mean = (scattered + np.interp(scattered, label, shift)) @ weight
    return Reranking(mean, steps, misfit)


def _ranks(kernel: Kernel) -> tuple[np.ndarray, np.ndarray]:
    """Ranks u at even steps, and their weights. (_N_RANK,) x 2"""
    rank = np.linspace(-kernel.reach, kernel.reach, _N_RANK)
    weight = host_values("the kernel", kernel.pdf, rank)
    return rank, weight / weight.sum()


def _log_above(halos: _Halos, mean: np.ndarray, rank: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """log10 N(>m) of (1), at m on the grid of the labels. (n,)"""
    label, log_above = halos.label, halos.log_above
    slopes = halos.slopes()
    total = np.zeros_like(label)
    for u, fraction in zip(rank, weight, strict=True):
        mass = mean + u * halos.sigma
        if (np.diff(mass) > 0).all():
            counted = log_above
        else:
            order = np.argsort(mass, kind="stable")
            mass, counted = mass[order], halos.log_above_in(order)
        total += fraction * 10.0 ** np.minimum(_interpolate(label, mass, counted, slopes), _HUGE)
    return np.log10(np.maximum(total, _TINY))


def _shift(halos: _Halos, above: np.ndarray) -> np.ndarray:
    """T(m) − m at m on the grid of the labels; held where T would lie beyond them. (n,)"""
    shift = np.interp(-above, -halos.log_above, halos.label) - halos.label
    known = (above <= halos.log_above[0]) & (above >= halos.log_above[-1])
    return np.interp(halos.label, halos.label[known], shift[known]) if known.any() else shift


def _interpolate(
    x: np.ndarray, knots: np.ndarray, values: np.ndarray, slopes: tuple[float, float]
) -> np.ndarray:
    """Straight lines between the knots, and beyond them lines of the given slopes."""
    below, above = np.minimum(x - knots[0], 0), np.maximum(x - knots[-1], 0)
    return np.interp(x, knots, values) + slopes[0] * below + slopes[1] * above
