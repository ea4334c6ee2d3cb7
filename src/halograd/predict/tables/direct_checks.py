"""Predictions of the direct engine, to measure what a table misses."""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from halograd.models.parameters import Theta
from halograd.predict.observables import Observables
from halograd.predict.prediction import Prediction
from halograd.predict.predictor import Predictor
from halograd.predict.tables.accuracy import Comparison, StatisticError
from halograd.statistics import Prepared, Statistic


class Check(NamedTuple):
    """A draw of the parameters at which a table is compared with the direct engine.

    Attributes:
        theta: The value of every parameter.
        galaxies: (n_sample,), expected galaxies of each sample.
        noises: By the name of each statistic that is a mean over halos, such as ΔΣ, its standard
            error over the halos of each sample, (n_sample, n_bin).
    """

    theta: Theta
    galaxies: np.ndarray
    noises: dict[str, np.ndarray]


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
            comparison.add(found, truth, galaxies, check.noises)
        return comparison.errors, comparison.n_left_out


ProfileMoments = dict[str, tuple[np.ndarray, np.ndarray]]
"""Mean and mean square of the profiles of each row of halos, by the name of the statistic."""


def profile_moments(
    predictor: Predictor, mean: Callable[[np.ndarray], np.ndarray]
) -> ProfileMoments:
    """The moments of all statistics that are means over halos.

    Args:
        predictor: The direct engine.
        mean: Over the halos of each row: (n_halo, n_bin) -> (n_row, n_bin).
    """
    found = {}
    for statistic in predictor.observables.statistics:
        if statistic.made_from == "profiles":
            profiles = np.asarray(predictor.prepared[statistic.name])
            found[statistic.name] = mean(profiles), mean(profiles**2)
    return found


def profile_noises(
    layout: Observables, halos: np.ndarray, moments: ProfileMoments
) -> dict[str, np.ndarray]:
    """Standard error over halos of every statistic of `profile_moments`, (n_sample, n_bin).

    Args:
        layout: The statistics.
        halos: (n_row, n_sample), expected galaxies of each row and sample of the layout.
        moments: Of the rows.
    """
    return {
        name: _standard_error(halos[:, layout.columns(layout[name])], *values)
        for name, values in moments.items()
    }


def _standard_error(weights: np.ndarray, profiles: np.ndarray, squares: np.ndarray) -> np.ndarray:
    total = np.maximum(weights.sum(axis=0), np.finfo(float).tiny)[:, None]
    mean, square = (weights.T @ values / total for values in (profiles, squares))
    return np.sqrt(np.maximum(square - mean**2, 0.0) / total)


@eqx.filter_jit
def _measured(statistic: Statistic, weights: jax.Array, source: Prepared) -> jax.Array:
    return statistic.measure(weights, source)
