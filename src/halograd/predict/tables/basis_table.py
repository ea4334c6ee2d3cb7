r"""A table of halos from functions, the pairs between them, and the halos that tell the weights.

The functions are turned so that each has the same positive sum over halos. Then each is like a
node with a number of halos and a mean profile: n = \sum_a s_a c_a / V, and ΔΣ is the mean of the
profiles with weights s_a c_a.
"""

from typing import Any, NamedTuple

import numpy as np

from halograd.pairs import Nodes, SplitFloat64
from halograd.pairs.table import Frame, PairTable, TableContent
from halograd.predict.predictor import Predictor
from halograd.predict.tables.accuracy import TableAccuracy
from halograd.predict.tables.basis_counts import BasisCounts
from halograd.predict.tables.basis_functions import products
from halograd.predict.tables.halo_table import HaloTable
from halograd.predict.tables.tracers import DistinctTracers, choose


class BasisContent(NamedTuple):
    """Functions with all that was counted and summed of them.

    Attributes:
        functions: (n_distinct, n_function), orthonormal over halos.
        tracers: The halos.
        counts: The pairs between functions, as far as they were counted.
        rows_per_function: Halos at which the model is evaluated, for each function.
        seed: Of the choice of these.
    """

    functions: np.ndarray
    tracers: DistinctTracers
    counts: BasisCounts
    rows_per_function: int
    seed: int


def basis_table(
    predictor: Predictor, content: BasisContent, n_function: int, *, padded: bool = False
) -> HaloTable:
    """The table of the first functions.

    Args:
        predictor: The direct engine.
        content: The functions and their counts.
        n_function: How many to use.
        padded: Whether the others are there too, without effect, so that tables of all numbers
            of functions have one shape, for which predictions are compiled once.
    """
    functions, tracers = content.functions[:, :n_function], content.tracers
    chosen = choose(functions, tracers.count, content.rows_per_function * n_function, content.seed)
    to_functions, rows, stands_for = (
        chosen.to_functions(functions),
        chosen.rows,
        chosen.stands_for,
    )
    if padded:
        functions = content.functions
        n_row = min(content.rows_per_function * functions.shape[1] + 1, len(tracers))
        missing = max(0, n_row - len(rows))
        to_functions = np.pad(to_functions, ((0, functions.shape[1] - n_function), (0, missing)))
        rows, stands_for = np.pad(rows, (0, missing)), np.pad(stands_for, (0, missing))
    sums = functions.T.astype(np.float64) @ tracers.count
    turn = _to_equal_sums(sums)
    sums = turn @ sums
    statistics = predictor.observables.statistics
    return HaloTable(
        columns={name: values[rows] for name, values in tracers.columns.items()},
        multiplicity=stands_for,
        to_nodes=SplitFloat64(turn @ to_functions),
        sums=sums,
        profiles=_profiles(predictor, tracers, functions, turn, sums),
        pairs=_pairs(predictor, content, turn, sums),
        volume=predictor.volume,
        statistics=tuple(s.without_samples for s in statistics if s.made_from != "galaxies"),
        samples=predictor.observables.samples,
        accuracy=TableAccuracy(np.inf, 0, 0, 0, 0, ()),
    )


def _to_equal_sums(sums: np.ndarray) -> np.ndarray:
    """The reflection that turns functions with these sums into others with equal ones. (r, r)"""
    direction = sums / np.linalg.norm(sums)
    normal = direction - 1 / np.sqrt(len(sums))
    square = normal @ normal
    identity = np.eye(len(sums))
    return identity if square == 0 else identity - 2 * np.outer(normal, normal) / square


def _profiles(
    predictor: Predictor,
    tracers: DistinctTracers,
    functions: np.ndarray,
    turn: np.ndarray,
    sums: np.ndarray,
) -> dict[str, np.ndarray]:
    """Mean profiles, such as ΔΣ, of the halos weighed by each function, by statistic. (r, n_bin)"""
    found = {}
    for statistic in predictor.observables.statistics:
        if statistic.made_from == "profiles":
            profiles = np.asarray(predictor.prepared[statistic.name])
            stacked = functions.T.astype(np.float64) @ tracers.summed(profiles)
            found[statistic.name] = turn @ stacked / sums[:, None]
    return found


def _pairs(
    predictor: Predictor, content: BasisContent, turn: np.ndarray, sums: np.ndarray
) -> dict[str, PairTable | tuple[PairTable, ...]]:
    n = len(turn)
    overlaps = products(content.functions[:, :n], content.tracers.count)
    overlaps = turn @ overlaps @ turn.T
    found: dict[str, Any] = {}
    for statistic in predictor.observables.statistics:
        if not statistic.uses_pairs:
            continue
        source = predictor.prepared[statistic.name]
        several = source if isinstance(source, tuple) else (source,)
        tables = []
        for i, one in enumerate(several):
            counts = content.counts.counts[f"{statistic.name}.{i}"][:, :n, :n]
            table = TableContent(turn @ counts @ turn.T, sums, overlaps, None)
            nodes = Nodes({}, {"function": range(n)})
            tables.append(PairTable(Frame.of(one), nodes, table, {}))
        found[statistic.name] = tuple(tables) if isinstance(source, tuple) else tables[0]
    return found
