"""Predictions of the direct engine, to measure what a table misses."""

from collections.abc import Callable

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from halograd.pairs import Nodes
from halograd.predict.mass_grid import MassGrid
from halograd.predict.prediction import Prediction
from halograd.predict.predictor import Predictor
from halograd.predict.table_accuracy import Comparison, StatisticError
from halograd.predict.weight_family import WeightFamily
from halograd.statistics import Prepared, Statistic


class DirectChecks:
    """The direct predictions at some draws.

    Args:
        predictor: The direct engine.
        grid: The masses of its halos.
        family: Its weights.
        chosen: Which of the draws of the family.
        on_progress: Called with the counts done and their total.
    """

    def __init__(
        self,
        predictor: Predictor,
        grid: MassGrid,
        family: WeightFamily,
        chosen: list[int],
        on_progress: Callable[[int, int], None],
    ) -> None:
        self._predictor, self._grid, self._family, self._chosen = predictor, grid, family, chosen
        self._truths = []
        for number, draw in enumerate(chosen):
            on_progress(number, len(chosen))
            self._truths.append(jax.block_until_ready(predictor(family.thetas[draw])))
        on_progress(len(chosen), len(chosen))
        self._noise = [self._lensing_noise(draw) for draw in chosen]

    def errors(self, found: Callable[[int], Prediction]) -> tuple[tuple[StatisticError, ...], int]:
        """Errors of predictions at the chosen draws, and how many samples were left out.

        Args:
            found: The prediction at a draw, by its number.
        """
        layout = self._predictor.observables
        comparison = Comparison(layout, self._predictor.volume)
        for draw, truth, noise in zip(self._chosen, self._truths, self._noise, strict=True):
            galaxies = dict(zip(layout.samples, self._family.galaxies[draw], strict=True))
            comparison.add(found(draw), truth, galaxies, noise)
        return comparison.errors, comparison.n_left_out

    def worst_of_pairs(self, nodes: Nodes, to_nodes: np.ndarray) -> float:
        """The largest error of pair counts with weights as nodes represent them.

        Args:
            nodes: Of mass.
            to_nodes: (n_node, n_mass), as `MassGrid.to_nodes` gives.
        """
        truths = dict(zip(self._chosen, self._truths, strict=True))
        functions = self._grid.at_halos(nodes)
        layout = self._predictor.observables
        counted = [statistic for statistic in layout.statistics if statistic.uses_pairs]

        def found(draw: int) -> Prediction:
            weights = functions @ (to_nodes @ self._family.weights[draw])
            own = {
                s.name: _measured(
                    s,
                    jnp.asarray(weights[:, layout.columns(s)], float),
                    self._predictor.prepared[s.name],
                )
                for s in counted
            }
            return Prediction({**truths[draw], **own})

        names = [statistic.name for statistic in counted]
        return max((e.worst for e in self.errors(found)[0] if e.name in names), default=0.0)

    def _lensing_noise(self, draw: int) -> np.ndarray:
        """Standard error of ΔΣ over the halos of each sample. (n_sample_ds, n_R)"""
        layout, profiles = self._predictor.observables, self._predictor.profiles
        if "delta_sigma" not in layout:
            return np.zeros((0, 0))
        columns = layout.columns(layout["delta_sigma"])
        share = self._grid.multiplicity[:, None] * self._family.weights[draw][:, columns]
        total = np.maximum(share.sum(axis=0), np.finfo(float).tiny)[:, None]
        mean, square = (share.T @ self._grid.mean(profiles**power) / total for power in (1, 2))
        return np.sqrt(np.maximum(square - mean**2, 0.0) / total)


@eqx.filter_jit
def _measured(statistic: Statistic, weights: jax.Array, source: Prepared) -> jax.Array:
    return statistic.measure(weights, source)
