"""Predictions of the direct engine, to measure what a table misses."""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from halograd.models.parameters import Theta
from halograd.predict.prediction import Prediction
from halograd.predict.predictor import Predictor
from halograd.predict.tables.accuracy import Comparison, StatisticError
from halograd.statistics import Prepared, Statistic


class Check(NamedTuple):
    """A draw of the parameters at which a table is compared with the direct engine.

    Attributes:
        theta: The value of every parameter.
        galaxies: (n_sample,), expected galaxies of each sample.
        lensing_noise: (n_sample_ds, n_R), standard error of ΔΣ over the halos of each sample,
            h Msun / pc^2; empty without ΔΣ.
    """

    theta: Theta
    galaxies: np.ndarray
    lensing_noise: np.ndarray


class DirectChecks:
    """The direct predictions at some draws.

    Args:
        predictor: The direct engine.
        checks: The draws.
        on_progress: Called with the counts done and their total.
    """

    def __init__(
        self,
        predictor: Predictor,
        checks: Sequence[Check],
        on_progress: Callable[[int, int], None],
    ) -> None:
        self._predictor, self._checks = predictor, checks
        self._truths = []
        for number, check in enumerate(checks):
            on_progress(number, len(checks))
            self._truths.append(jax.block_until_ready(predictor(check.theta)))
        on_progress(len(checks), len(checks))

    def errors(
        self, found: Callable[[Theta], Prediction]
    ) -> tuple[tuple[StatisticError, ...], int]:
        """Errors of the predictions of a table, and how many samples were left out.

        Args:
            found: The prediction at the parameters of a draw.
        """
        return self._errors([found(check.theta) for check in self._checks])

    def worst_of_pairs(self, weights: Iterable[np.ndarray]) -> float:
        """The largest error of pair counts of the direct engine with other weights.

        Args:
            weights: At each check, (n_halo, n_sample), as a table represents them.
        """
        layout = self._predictor.observables
        counted = [statistic for statistic in layout.statistics if statistic.uses_pairs]
        predictions = []
        for truth, columns in zip(self._truths, weights, strict=True):
            own = {
                s.name: _measured(
                    s,
                    jnp.asarray(columns[:, layout.columns(s)], float),
                    self._predictor.prepared[s.name],
                )
                for s in counted
            }
            predictions.append(Prediction({**truth, **own}))
        names = [statistic.name for statistic in counted]
        return max((e.worst for e in self._errors(predictions)[0] if e.name in names), default=0.0)

    def _errors(self, predictions: Sequence[Prediction]) -> tuple[tuple[StatisticError, ...], int]:
        layout = self._predictor.observables
        comparison = Comparison(layout, self._predictor.volume)
        for check, truth, found in zip(self._checks, self._truths, predictions, strict=True):
            galaxies = dict(zip(layout.samples, check.galaxies, strict=True))
            comparison.add(found, truth, galaxies, check.lensing_noise)
        return comparison.errors, comparison.n_left_out


def lensing_noise(weights: np.ndarray, profiles: np.ndarray, squares: np.ndarray) -> np.ndarray:
    """Standard error of ΔΣ over the halos of each sample, h Msun / pc^2. (n_sample, n_R)

    Args:
        weights: (n_row, n_sample), expected galaxies of each row.
        profiles: (n_row, n_R), mean ΔΣ of the halos of each row, h Msun / pc^2.
        squares: (n_row, n_R), mean square of the same.
    """
    total = np.maximum(weights.sum(axis=0), np.finfo(float).tiny)[:, None]
    mean, square = (weights.T @ values / total for values in (profiles, squares))
    return np.sqrt(np.maximum(square - mean**2, 0.0) / total)


@eqx.filter_jit
def _measured(statistic: Statistic, weights: jax.Array, source: Prepared) -> jax.Array:
    return statistic.measure(weights, source)
