"""What a data vector can say about parameters, from exact derivatives at one point."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

import numpy as np
from jax.typing import ArrayLike

from halograd import _checks
from halograd.errors import DataError
from halograd.inference.fisher import parameter_covariance
from halograd.inference.forecast import Forecast
from halograd.models.parameters import Parameter, ParameterSpace, Theta
from halograd.predict.data_vector import DataVector
from halograd.predict.observables import Observables
from halograd.predict.predictor import Predictor
from halograd.stats.percival import percival


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
        jacobian: (n_data, n_free).
        covariance: (n_data, n_data).
        observables: Layout of the data.
        prior: (n_free, n_free), P.
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
        """Of the parameters."""
        return tuple(p.name for p in self.free)

    def without_priors(self) -> "Sensitivity":
        """The same, with the data as the only source of information."""
        return replace(self, prior=np.zeros_like(self.prior))

    def forecast(
        self,
        name: str,
        kept: np.ndarray | None = None,
        *,
        fixed: Collection[str] = (),
    ) -> Forecast:
        """What a subset of the numbers says.

        Args:
            name: Of the subset.
            kept: (n_data,), True for numbers that are used; all where None.
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
            By name, inf where the numbers do not constrain the parameter.
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
    """Exact derivatives at a point.

    Args:
        predictor: Model on a catalogue.
        data: For its covariance; the values play no role.
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
