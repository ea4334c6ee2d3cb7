"""The step size of all chains, from every step that tried one."""

import numpy as np
from scipy.optimize import brentq
from scipy.stats import norm

_SETTLED = 0.2  # of the steps: the first ones, of the wildest sizes, from a chain not yet at rest
_FURTHEST = 4.0  # in the logarithm, from the sizes that were tried


def common_step_size(log_sizes: np.ndarray, acceptance: np.ndarray, target: float) -> float:
    r"""The log of the step size at which the mean acceptance is the target.

    In many dimensions the acceptance of a Hamiltonian trajectory with steps of size ε is

    $$ a(\epsilon) = 2 \Phi\left[ -\tfrac12 (\epsilon / \epsilon_0)^2 \right] $$

    on average (Beskos et al. 2013, arXiv:1001.4460). ε_0 is the one for which the mean of a over
    the sizes tried is the acceptance met. The mean of the log sizes of a dual averaging, of
    which a short warm-up tries small and large ones, is accepted more often than the target
    instead, since a(ε) bends down.

    Args:
        log_sizes: (n_chain, n_step), of the steps tried.
        acceptance: The same shape, of each.
        target: Wanted on average.
    """
    first = int(_SETTLED * log_sizes.shape[1])
    tried, met = log_sizes[:, first:].ravel(), np.mean(acceptance[:, first:])

    def excess(log_scale: float) -> float:
        return float(np.mean(_acceptance(tried - log_scale)) - met)

    low, high = tried.min() - _FURTHEST, tried.max() + _FURTHEST
    if not excess(low) < 0 < excess(high):
        return float(tried.mean())
    return brentq(excess, low, high) + _inverse(target)


def _acceptance(log_ratio: np.ndarray) -> np.ndarray:
    return 2 * norm.cdf(-0.5 * np.exp(2 * log_ratio))


def _inverse(target: float) -> float:
    return 0.5 * np.log(-2 * norm.ppf(target / 2))
