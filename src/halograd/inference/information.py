"""What a data vector, and each part of it, can say about parameters, from exact derivatives."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from jax.typing import ArrayLike

from halograd import _checks
from halograd.errors import DataError
from halograd.inference.fisher import Forecast, parameter_covariance
from halograd.models.parameters import Parameter, ParameterSpace, Theta
from halograd.predict.data_vector import DataVector
from halograd.predict.observables import Observables
from halograd.predict.predictor import Predictor
from halograd.stats.percival import percival

_NOTHING_LEFT = 1e-7  # of the information along a direction: rounding of float32 derivatives


@dataclass(frozen=True, eq=False)
class Sensitivity:
    r"""Derivatives of the data in the parameters, and the covariance of the data.

    Every forecast follows from them without another prediction: the Fisher matrix of a subset S of
    the numbers is (Tegmark, Taylor & Heavens 1997, ApJ 480, 22)

    $$ F_{ij} = \sum_{k,l \in S} \frac{\partial m_k}{\partial\theta_i} \left[ (C_{SS})^{-1}
       \right]_{kl} \frac{\partial m_l}{\partial\theta_j} + P_{ij}, $$

    with the block C_SS of the covariance, so that the numbers left out are marginalised over, and
    the precision P of normal priors.

    Attributes:
        theta: Every parameter at the fiducial point.
        free: The parameters, in the order of the columns of `jacobian`.
        jacobian: (n_data, n_free), derivatives of the prediction.
        covariance: (n_data, n_data), covariance of the data.
        observables: Layout of the data.
        prior: (n_free, n_free), precision P of the normal priors.
        n_realisation: How many realisations the covariance was estimated from, or None.
    """

    theta: Mapping[str, float]
    free: tuple[Parameter, ...]
    jacobian: np.ndarray
    covariance: np.ndarray
    observables: Observables
    prior: np.ndarray
    n_realisation: int | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the free parameters, in the order of the columns of `jacobian`."""
        return tuple(p.name for p in self.free)

    def without_priors(self) -> "Sensitivity":
        """The sensitivity with the data as the only source of information."""
        return replace(self, prior=np.zeros_like(self.prior))

    def forecast(
        self,
        name: str,
        kept: np.ndarray | None = None,
        *,
        fixed: Collection[str] = (),
    ) -> Forecast:
        """Forecast from a subset of the data.

        Args:
            name: Name of the subset.
            kept: (n_data,), True for data that are used; all where None.
            fixed: Names of parameters held at their values.

        Raises:
            DataError: For a subset without numbers, or without a free parameter.
        """
        kept = self._mask(kept)
        if not kept.any():
            raise DataError(f"the subset {name!r} holds no number: choose other scales")
        varied = [i for i, p in enumerate(self.free) if p.name not in fixed]
        if not varied:
            raise DataError(f"the subset {name!r} fixes every parameter: free at least one")
        jacobian = self.jacobian[kept][:, varied]
        fisher = jacobian.T @ self._precision(kept, len(varied)) @ jacobian
        fisher += self.prior[np.ix_(varied, varied)]
        names = tuple(self.names[i] for i in varied)
        return Forecast(name, names, fisher, int(kept.sum()))

    def bias(self, shift: ArrayLike, kept: np.ndarray | None = None) -> dict[str, float]:
        r"""How far parameters move when the data are off by a small shift,

        $$ \delta\theta = F^{-1} J^T C^{-1} \delta d, $$

        as from an effect that the model leaves out (Huterer & Takada 2005, Astropart. Phys. 23,
        369).

        Args:
            shift: (n_data,), δd.
            kept: (n_data,), True for numbers that are used; all where None.

        Returns:
            The move of each parameter by name; inf where the numbers do not constrain it.
        """
        shift = _checks.finite("shift", shift, DataError)
        _checks.shape("shift", shift, (len(self.jacobian),), DataError)
        kept = self._mask(kept)
        jacobian, precision = self.jacobian[kept], self._precision(kept, len(self.free))
        fisher = jacobian.T @ precision @ jacobian + self.prior
        covariance = parameter_covariance(fisher)
        known = np.isfinite(np.diag(covariance))
        moved = np.full(len(self.free), np.inf)
        pull = jacobian.T @ precision @ shift[kept]
        moved[known] = covariance[np.ix_(known, known)] @ pull[known]
        return dict(zip(self.names, moved.tolist(), strict=True))

    def precision(self) -> np.ndarray:
        """The inverse covariance of all numbers. (n_data, n_data)"""
        return self._precision(self._mask(None), len(self.free))

    def _mask(self, kept: np.ndarray | None) -> np.ndarray:
        if kept is None:
            return np.ones(len(self.jacobian), bool)
        kept = np.asarray(kept, bool)
        _checks.shape("kept", kept, (len(self.jacobian),), DataError)
        return kept

    def _precision(self, kept: np.ndarray, n_parameter: int) -> np.ndarray:
        block = self.covariance[np.ix_(kept, kept)]
        errors = np.sqrt(np.diag(block))
        inverse = np.linalg.inv(block / np.outer(errors, errors)) / np.outer(errors, errors)
        if self.n_realisation is None:
            return inverse
        return inverse / percival(self.n_realisation, len(block), n_parameter)


def sensitivity(
    predictor: Predictor, data: DataVector, theta: Theta, space: ParameterSpace | None = None
) -> Sensitivity:
    """Exact derivatives of the prediction at a point, with the covariance of the data.

    Args:
        predictor: Model on a catalogue.
        data: Measurements of which only the covariance plays a role.
        theta: The point, by name; defaults of the space stand in for the missing.
        space: Which parameters are free or tied, and their priors; that of the model where None.

    Raises:
        HalogradError: For data, names or bounds that do not fit together.
    """
    space = (space or predictor.model.space).at(theta)
    space.check_free()
    data.check_matches(predictor.observables)
    _, jacobian = predictor.value_and_jacobian(space.defaults)
    return Sensitivity(
        theta={name: float(value) for name, value in space.defaults.items()},
        free=space.free,
        jacobian=space.free_columns(jacobian),
        covariance=data.covariance,
        observables=data.observables,
        prior=space.prior_rows.T @ space.prior_rows,
        n_realisation=data.n_realisation,
    )


def information_loss(at: Sensitivity) -> np.ndarray:
    r"""The fraction of the information on each parameter that is lost without each number,

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
