"""Which numbers, and which scales, constrain which parameter."""

from typing import NamedTuple

import numpy as np

from halograd.inference.fisher import parameter_covariance
from halograd.inference.sensitivity import Sensitivity

_NOTHING_LEFT = 1e-7  # of the information along a direction: rounding of float32 derivatives


def information_loss(at: Sensitivity) -> np.ndarray:
    r"""The share of the information on each parameter that is lost without each number,

    $$ L_{ki} = 1 - \frac{\sigma_i^2}{\sigma_{i,-k}^2}, $$

    where σ_i is the marginal error of θ_i from all numbers (and priors) and σ_{i,-k} from all but
    the k-th, both with the other parameters free. 0 for a number that says nothing new about θ_i, 1
    for one without which θ_i is unconstrained. Numbers that repeat each other lose little one by
    one.

    With Λ the inverse covariance and g = J^T Λ e_k, the Fisher matrix without the k-th number is
    F - g g^T / Λ_kk (the inverse of a matrix without one row and column), and its inverse follows
    from Sherman and Morrison:

    $$ \sigma_{i,-k}^2 = \sigma_i^2 + \frac{[F^{-1} g]_i^2}{\Lambda_{kk} - g^T F^{-1} g}. $$

    Returns:
        (n_data, n_free); NaN for parameters that all numbers together do not constrain.
    """
    precision = at.precision()
    pulls = precision @ at.jacobian
    fisher = at.jacobian.T @ pulls + at.prior
    covariance = parameter_covariance(fisher)
    variances = np.diag(covariance)
    known = np.isfinite(variances)
    loss = np.full(at.jacobian.shape, np.nan)
    if known.any():
        block = covariance[np.ix_(known, known)]
        loss[:, known] = _loss(block, variances[known], pulls[:, known], np.diag(precision))
    return loss


def _loss(
    covariance: np.ndarray, variances: np.ndarray, pulls: np.ndarray, weight: np.ndarray
) -> np.ndarray:
    moved = pulls @ covariance
    left = weight - np.sum(moved * pulls, axis=1)
    rise = moved**2
    # Where nothing is left, whatever the number moves at all is unconstrained without it.
    gone = (left <= _NOTHING_LEFT * weight)[:, None]
    touched = rise > _NOTHING_LEFT * weight[:, None] * variances
    rise = rise / np.where(gone, 1.0, left[:, None])
    return np.where(gone, touched, rise / (variances + rise))


class ScaleCuts(NamedTuple):
    """Errors against the smallest scale used.

    Attributes:
        smallest: (n_cut,), Mpc/h, increasing; numbers without a scale (n) are always used.
        errors: (n_cut, n_free), marginal; inf where unconstrained.
    """

    smallest: np.ndarray
    errors: np.ndarray


def scale_cuts(at: Sensitivity) -> ScaleCuts:
    """Errors from all bins of separation at a scale or above, for every scale there is.

    The last cut, at inf, leaves numbers without a scale; it is there where such are in the data.
    """
    scale = at.observables.scales
    found = [
        (cut, list(at.forecast(f"r > {cut:g}", scale >= cut).errors.values()))
        for cut in np.unique(scale)
    ]
    smallest, errors = zip(*found, strict=True)
    return ScaleCuts(np.array(smallest), np.array(errors))
