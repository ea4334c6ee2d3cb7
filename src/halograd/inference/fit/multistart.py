"""Fits from several starts, and the different minima they end in."""

from collections.abc import Sequence
from typing import NamedTuple

from scipy.stats import qmc

from halograd.errors import ConfigError
from halograd.inference.fit.result import FitResult
from halograd.models.parameters import ParameterSpace

SAME = 0.5
"""Ends within so many errors in every parameter, and so much in χ², are one minimum."""

_EDGE = 0.02  # of the prior probability, kept free at either end: at a bound χ² has no slope in u


def latin_hypercube_starts(space: ParameterSpace, n: int, seed: int = 0) -> list[dict[str, float]]:
    """A Latin hypercube over the prior of the free parameters.

    Args:
        space: Bounds and priors; every free parameter needs a prior that can be normalised.
        n: Number of points, 0 or more.
        seed: Seed of the hypercube; the same seed gives the same points.

    Returns:
        Every parameter by name, for each point.

    Raises:
        HalogradError: For a free parameter with an infinite bound and no normal prior.
    """
    if n < 0 or seed < 0:
        raise ConfigError(f"the number of starts and their seed must be 0 or more, got {n}, {seed}")
    if n == 0:
        return []
    hypercube = qmc.LatinHypercube(len(space.free), rng=seed)
    points = space.from_unit_cube(_EDGE + (1 - 2 * _EDGE) * hypercube.random(n))
    return [{name: float(points[name][i]) for name in space.names} for i in range(n)]


class Minimum(NamedTuple):
    """A minimum and the fits that found it.

    Attributes:
        result: The fit of lowest χ² among them.
        members: Places of these fits in the list of all.
    """

    result: FitResult
    members: tuple[int, ...]


def best_of(results: Sequence[FitResult]) -> FitResult:
    """The converged fit that is lowest, or the lowest of all where none converged."""
    return min(results, key=lambda result: (not result.converged, result.minimised))


def distinct_minima(results: Sequence[FitResult]) -> tuple[Minimum, ...]:
    """The minima that converged fits of the same data ended in, lowest first."""
    converged = [i for i, result in enumerate(results) if result.converged]
    groups: list[list[int]] = []
    for i in sorted(converged, key=lambda i: results[i].minimised):
        for group in groups:
            if _same(results[group[0]], results[i]):
                group.append(i)
                break
        else:
            groups.append([i])
    return tuple(Minimum(results[group[0]], tuple(sorted(group))) for group in groups)


def minima_sentences(results: Sequence[FitResult]) -> list[str]:
    """What a reader must know of fits from several starts; empty where all agree."""
    minima, failed = distinct_minima(results), sum(not result.converged for result in results)
    sentences = []
    if len(minima) > 1:
        lowest, *others = minima
        heights = ", ".join(
            f"{m.result.minimised - lowest.result.minimised:.1f} ({len(m.members)})" for m in others
        )
        sentences.append(
            f"χ² has {len(minima)} minima: {len(lowest.members)} of {len(results)} starts ended in "
            f"the lowest, and others (how many) higher by {heights}. Errors describe the lowest "
            "alone."
        )
    if failed and len(results) > 1:
        sentences.append(f"{failed} of {len(results)} starts did not converge.")
    return sentences


def _same(a: FitResult, b: FitResult) -> bool:
    near = all(abs(a.theta[name] - b.theta[name]) <= SAME * e for name, e in a.errors.items())
    return near and abs(a.minimised - b.minimised) <= SAME
