"""Predictions from a table in the place of a catalogue."""

import jax
import jax.numpy as jnp
import numpy as np

from halograd.errors import DataError
from halograd.models import GalaxyHaloModel
from halograd.predict.observables import Observables
from halograd.predict.predictor import Predictor
from halograd.predict.tables.accuracy import TableAccuracy
from halograd.predict.tables.halo_table import HaloTable


class TabulatedPredictor(Predictor):
    """A `Predictor` that answers from a table: the same calls, thousands of times faster.

    Its `columns` are those of the rows at which the model is evaluated: masses that stand for all
    halos, or some of the halos themselves.

    Args:
        table: The halos, as `tabulate` or `HaloTable.load` give.
        model: Galaxy–halo model.
        observables: What to predict, in bins of the table: any samples from a table between
            nodes in mass; those that it was made for from a reduced basis.

    Raises:
        DataError: For bins, samples or columns that the table lacks.
    """

    table: HaloTable

    def __init__(self, table: HaloTable, model: GalaxyHaloModel, observables: Observables) -> None:
        _check_columns(table, model)
        _check_samples(table, observables)
        _check_bins(table, observables)
        self.model, self.observables, self.table = model, observables, table
        self.columns = {name: table.columns[name] for name in model.needs}
        self.volume = table.volume
        held = {**table.pairs, **table.profiles}
        self.prepared = {
            s.name: table.volume if s.made_from == "galaxies" else held[s.name]
            for s in observables.statistics
        }

    @property
    def accuracy(self) -> TableAccuracy:
        """Errors against the direct engine, as measured when the table was made."""
        return self.table.accuracy

    @property
    def multiplicity(self) -> np.ndarray:
        """How many halos each row stands for. (n_row,)"""
        return self.table.multiplicity

    def galaxies(self, weights: jax.Array) -> jax.Array:
        """The expected galaxies of each row or function: (n_row, n_sample) -> (n, n_sample)."""
        if self.table.sums is None:
            return jnp.asarray(self.multiplicity, weights.dtype)[:, None] * weights
        sums = jnp.asarray(self.table.sums, weights.dtype)
        return sums[:, None] * self.pair_weights(weights)

    def pair_weights(self, weights: jax.Array) -> jax.Array:
        """The weights of nodes or functions: (n_row, n_sample) -> (n_node, n_sample)."""
        matrix = self.table.to_nodes.astype(weights.dtype)
        return jax.lax.dot(matrix, weights, precision=jax.lax.Precision.HIGHEST)


def _check_columns(table: HaloTable, model: GalaxyHaloModel) -> None:
    missing = [name for name in model.needs if name not in table.columns]
    if missing:
        raise DataError(
            f"{type(model).__name__} looks at {', '.join(missing)}, which the table does not hold "
            f"(it has {', '.join(table.columns)}): make a table for this model"
        )


def _check_samples(table: HaloTable, layout: Observables) -> None:
    if table.samples is None:
        return
    others = [sample.name for sample in layout.samples if sample not in table.samples]
    if others:
        made_for = "; ".join(sample.name for sample in table.samples)
        raise DataError(
            f"the table is a reduced basis made for {made_for}, and does not know "
            f"{'; '.join(others)}: make a table for these samples"
        )


def _check_bins(table: HaloTable, layout: Observables) -> None:
    held = {statistic.name: statistic for statistic in table.statistics}
    for statistic in layout.statistics:
        if statistic.made_from == "galaxies":
            continue
        if statistic.name not in held:
            raise DataError(
                f"the table holds no {statistic.name}, which is to be predicted: make it with "
                f"{statistic.name}"
            )
        for name, wanted in statistic.declared.items():
            ours = held[statistic.name].declared[name]
            if not np.array_equal(ours, wanted):
                raise DataError(
                    f"the table was made with {name} = {np.asarray(ours).tolist()}, and "
                    f"{np.asarray(wanted).tolist()} is wanted: make a table with the bins of the "
                    "data"
                )
