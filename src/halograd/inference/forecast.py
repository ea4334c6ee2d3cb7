"""Gaussian errors of parameters from a Fisher matrix, and what is degenerate in it."""

from dataclasses import dataclass

import numpy as np

from halograd.inference.directions import Direction, scaled_directions
from halograd.inference.fisher import UNKNOWN, parameter_covariance

_DEGENERATE = 0.01  # eigenvalue of the scaled matrix: ten times less well known than alone


@dataclass(frozen=True, eq=False)
class Forecast:
    """What a choice of numbers says about the parameters.

    Attributes:
        name: Of the choice.
        free: Names of the parameters.
        fisher: (n_free, n_free), priors included where they were asked for.
        n_data: How many numbers.
    """

    name: str
    free: tuple[str, ...]
    fisher: np.ndarray
    n_data: int

    @property
    def covariance(self) -> np.ndarray:
        """Inverse of the Fisher matrix, inf on the diagonal where unconstrained. (n, n)"""
        return parameter_covariance(self.fisher)

    @property
    def errors(self) -> dict[str, float]:
        """Marginal standard error of each parameter; inf where unconstrained."""
        return dict(zip(self.free, np.sqrt(np.diag(self.covariance)).tolist(), strict=True))

    @property
    def correlation(self) -> np.ndarray:
        """Of the errors; NaN where a parameter is unconstrained. (n, n)"""
        covariance = self.covariance
        errors = np.sqrt(np.diag(covariance))
        found = np.full_like(covariance, np.nan)
        known = np.isfinite(errors)
        block = np.ix_(known, known)
        found[block] = covariance[block] / np.outer(errors[known], errors[known])
        return found

    @property
    def log10_figure_of_merit(self) -> float:
        """log10 of (det F)^1/2, the inverse volume of the error ellipsoid; -inf for none.

        For two parameters the figure of merit of Albrecht et al. 2006 (astro-ph/0609591), up to a
        constant.
        """
        if self.unconstrained:
            return -np.inf
        sign, log_det = np.linalg.slogdet(self.fisher)
        return float(log_det / (2 * np.log(10))) if sign > 0 else -np.inf

    @property
    def unconstrained(self) -> tuple[Direction, ...]:
        """Directions that the numbers say nothing about."""
        return tuple(d for d in self._directions if d.eigenvalue <= UNKNOWN)

    @property
    def degenerate(self) -> tuple[Direction, ...]:
        """Directions ten or more times less well known than the parameters one by one."""
        return tuple(d for d in self._directions if UNKNOWN < d.eigenvalue < _DEGENERATE)

    @property
    def sentences(self) -> list[str]:
        """What cannot be told apart, in words; empty where everything can."""
        return [f"{self.name}: nothing is known along ({d.words})." for d in self.unconstrained] + [
            f"{self.name}: the parameters are degenerate along ({d.words}), "
            f"{d.eigenvalue**-0.5:.0f} times less well known than each alone."
            for d in self.degenerate
        ]

    @property
    def _directions(self) -> list[Direction]:
        scale = np.sqrt(np.maximum(np.diag(self.fisher), 0))
        return list(scaled_directions(self.fisher, scale, self.free))
