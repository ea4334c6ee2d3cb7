"""Whether chains have converged: rank-normalised R-hat and effective sample sizes."""

import warnings
from types import ModuleType
from typing import NamedTuple

import numpy as np

R_HAT = 1.01
"""Chains have mixed when no R-hat exceeds this (Vehtari et al. 2021)."""

MIN_DRAWS = 8
"""Least number of draws of a chain from which convergence can be judged."""


class Convergence(NamedTuple):
    """How well chains agree, parameter by parameter.

    Attributes:
        r_hat: (n_free,), rank-normalised split R-hat, the larger of bulk and folded.
        ess_bulk: (n_free,), effective draws for the centre of the distribution.
        ess_tail: (n_free,), effective draws for its 5 % and 95 % quantiles.
    """

    r_hat: np.ndarray
    ess_bulk: np.ndarray
    ess_tail: np.ndarray

    @property
    def worst_r_hat(self) -> float:
        """The largest R-hat."""
        return float(self.r_hat.max())

    @property
    def least_ess(self) -> float:
        """The least effective sample size, bulk and tail."""
        return float(min(self.ess_bulk.min(), self.ess_tail.min()))

    def reached(self, ess: float) -> bool:
        """Whether every R-hat is below `R_HAT` and every effective sample size above `ess`."""
        return bool(self.worst_r_hat < R_HAT and self.least_ess > ess)


def convergence(draws: np.ndarray) -> Convergence | None:
    """R-hat and effective sample sizes of (n_chain, n_draw, n_free) draws.

    Computed by arviz, as in Vehtari, Gelman, Simpson, Carpenter & Bürkner (2021,
    arXiv:1903.08008). None for fewer than `MIN_DRAWS` draws. Chains that never moved, and a
    single chain's R-hat, count as not converged: R-hat inf, no effective draws.
    """
    if draws.shape[1] < MIN_DRAWS:
        return None
    az = load_arviz()
    dataset = az.convert_to_dataset({"u": np.asarray(draws, np.float64)})
    with np.errstate(all="ignore"):
        r_hat = az.rhat(dataset)["u"].values
        bulk, tail = (az.ess(dataset, method=method)["u"].values for method in ("bulk", "tail"))
    stuck = np.ptp(draws, axis=1).min(axis=0) == 0
    return Convergence(
        np.where(stuck | ~np.isfinite(r_hat), np.inf, r_hat),
        *(np.where(stuck | ~np.isfinite(ess), 0.0, ess) for ess in (bulk, tail)),
    )


def bfmi(energy: np.ndarray) -> np.ndarray:
    """Bayesian fraction of missing information of each chain: (n_chain, n_draw) -> (n_chain,).

    Mean square of the change of energy over its variance (Betancourt 2016, arXiv:1604.00695);
    below 0.3 the chain explores its energies slowly.
    """
    change = np.diff(energy, axis=1)
    return np.mean(change**2, axis=1) / np.maximum(np.var(energy, axis=1), 1e-300)


def load_arviz() -> ModuleType:
    """The module arviz, imported without the notice that it prints once a day."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        import arviz
    return arviz
