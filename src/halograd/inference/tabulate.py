"""Gather the halos of a predictor by mass, as finely as a tolerance asks for."""

import dataclasses
import os
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
from jax.typing import ArrayLike

from halograd import pairs as pair_engine
from halograd.errors import HalogradError
from halograd.inference.direct_checks import DirectChecks
from halograd.inference.halo_table import HaloTable
from halograd.inference.mass_grid import MassGrid
from halograd.inference.mass_nodes import NodeChoice
from halograd.inference.predictor import Predictor
from halograd.inference.table_accuracy import TableAccuracy
from halograd.inference.tabulated_predictor import TabulatedPredictor
from halograd.inference.weight_family import WeightFamily, drawn
from halograd.models.parameters import ParameterSpace
from halograd.pairs import Nodes, SplitFloat64

_FIRST, _MOST = 40, 300  # nodes
_MARGIN = 0.7  # of the tolerance: draws that are not checked may be worse than those that are

Progress = Callable[[str, int, int], None]


def tabulate(
    predictor: Predictor,
    *,
    tolerance: float = 1e-3,
    space: ParameterSpace | None = None,
    draws: Mapping[str, ArrayLike] | None = None,
    n_draw: int = 100,
    n_check: int = 16,
    n_node: int | None = None,
    seed: int = 0,
    checkpoint: str | os.PathLike[str] | None = None,
    on_progress: Progress = lambda task, done, total: None,
) -> TabulatedPredictor:
    """A predictor that answers from a table, within a tolerance of the direct one.

    Nodes are placed for the weights at `n_draw` draws of the parameters, and their number raised
    until every statistic of pairs agrees with the direct engine in every bin at `n_check` of
    them: the half for which the nodes miss most of the weights, and others at random. For this
    the direct engine is given the weights that the nodes represent, which is what a table
    computes, so that pairs are counted between nodes only once. What was reached, for n and ΔΣ
    too, is the `accuracy` of the result; where 300 nodes do not reach the tolerance, its
    `is_met` is False.

    Args:
        predictor: The direct predictions, of a model whose weights depend on mass alone.
        tolerance: Largest error, see `TableAccuracy`.
        space: Whose prior the draws come from; that of the model where None.
        draws: The draws themselves, in place of the prior: by name, (n_draw,).
        n_draw: How many to take from the prior, by a Latin hypercube.
        n_check: How many of them to compare with the direct engine, at a pair count each.
        n_node: The number of nodes, in place of the search for it.
        seed: Of the draws.
        checkpoint: File that keeps the pair counts, as in `pairs.tabulate`; the name of the
            statistic joins that of the file.
        on_progress: Called with the name of the task at hand, its steps done and their total.

    Raises:
        HalogradError: For a tolerance or numbers that are not positive, a prior that cannot be
            drawn from, draws under which every sample has fewer than 300 galaxies, a table in
            place of a direct predictor, and as `pairs.tabulate`.
    """
    _check(predictor, tolerance, n_draw=n_draw, n_check=n_check, n_node=n_node or _FIRST)
    grid = MassGrid(np.asarray(predictor.log_mpeak))
    space = space or predictor.model.space
    family = WeightFamily(predictor, grid, drawn(space, draws, n_draw, seed))
    choice = NodeChoice(grid, family.columns)
    hardest = family.hardest(_missed(grid, choice, family), n_check, seed)
    comparing = partial(on_progress, "comparing with the direct engine")
    checks = DirectChecks(predictor, grid, family, hardest, comparing)
    projection = None
    if any(statistic.uses_pairs for statistic in predictor.observables.statistics):
        projection = _search(choice, grid, checks, tolerance, n_node)
    counting = partial(on_progress, "counting pairs between nodes")
    table = _table(predictor, grid, projection, checkpoint, counting)
    tabulated = TabulatedPredictor(table, predictor.model, predictor.observables)
    errors, n_left_out = checks.errors(lambda draw: tabulated(family.thetas[draw]))
    n_found = 0 if projection is None else len(projection.nodes)
    accuracy = TableAccuracy(
        *(tolerance, n_found, len(family.thetas), len(hardest), n_left_out, errors)
    )
    table = dataclasses.replace(table, accuracy=accuracy)
    return TabulatedPredictor(table, predictor.model, predictor.observables)


class _Projection(NamedTuple):
    """Nodes, and the matrix (n_node, n_mass) that turns weights at masses into theirs."""

    nodes: Nodes
    to_nodes: np.ndarray


def _projection(grid: MassGrid, choice: NodeChoice, n_node: int) -> _Projection:
    nodes = choice.nodes(n_node)
    return _Projection(nodes, grid.to_nodes(nodes))


def _missed(grid: MassGrid, choice: NodeChoice, family: WeightFamily) -> np.ndarray:
    """sqrt(sum_i r_i^2) / W, r being what a few nodes miss of the weights. (n_draw, n_sample)"""
    nodes, to_nodes = _projection(grid, choice, _FIRST)
    weights = family.weights.transpose(1, 0, 2).reshape(len(grid.log_mpeak), -1)
    flat = weights - grid.at_masses(nodes) @ (to_nodes @ weights)
    squares = np.sum(flat * (grid.overlaps @ flat), axis=0).reshape(family.galaxies.shape)
    return np.sqrt(squares) / np.maximum(family.galaxies, 1.0)


def _search(
    choice: NodeChoice,
    grid: MassGrid,
    checks: DirectChecks,
    tolerance: float,
    n_node: int | None,
) -> _Projection:
    """The fewest nodes found to meet the tolerance, or the number asked for."""
    if n_node is not None:
        return _projection(grid, choice, n_node)
    wanted, n_node = _MARGIN * tolerance, _FIRST
    while True:
        projection = _projection(grid, choice, n_node)
        error = checks.worst_of_pairs(*projection)
        if error <= wanted or n_node >= _MOST or n_node >= len(grid.log_mpeak):
            return projection
        # the error is at least of second order in the spacing
        n_node = min(_MOST, int(np.ceil(n_node * np.clip(np.sqrt(error / wanted), 1.1, 1.5))))


def _table(
    predictor: Predictor,
    grid: MassGrid,
    projection: _Projection | None,
    checkpoint: str | os.PathLike[str] | None,
    on_progress: Callable[[int, int], None],
) -> HaloTable:
    profiles, statistics = predictor.profiles, predictor.observables.statistics
    properties = {"log_mpeak": np.asarray(predictor.log_mpeak)}
    pairs = {}
    for statistic in statistics:
        if statistic.uses_pairs:
            source = predictor.sources[statistic.name]
            counted = [
                pair_engine.tabulate(
                    one,
                    projection.nodes,
                    properties,
                    checkpoint=_checkpoint(checkpoint, statistic.name, i),
                    on_progress=on_progress,
                )
                for i, one in enumerate(source if isinstance(source, tuple) else (source,))
            ]
            pairs[statistic.name] = tuple(counted) if isinstance(source, tuple) else counted[0]
    return HaloTable(
        log_mpeak=grid.log_mpeak,
        multiplicity=grid.multiplicity,
        profiles=None if profiles is None else grid.mean(profiles),
        to_nodes=None if projection is None else SplitFloat64(projection.to_nodes),
        pairs=pairs,
        volume=predictor.volume,
        statistics=tuple(s.without_samples for s in statistics if s.name != "n"),
        accuracy=TableAccuracy(np.inf, 0, 0, 0, 0, ()),
    )


def _checkpoint(path: str | os.PathLike[str] | None, statistic: str, number: int) -> Path | None:
    """A file for each count: `.halo_table_wp0.part.h5` beside the path that was given."""
    if path is None:
        return None
    path = Path(path)
    stem, dot, rest = path.name.lstrip(".").partition(".")
    hidden = path.name[: len(path.name) - len(path.name.lstrip("."))]
    return path.with_name(f"{hidden}{stem}_{statistic}{number}{dot}{rest}")


def _check(predictor: Predictor, tolerance: float, **numbers: int) -> None:
    if isinstance(predictor, TabulatedPredictor):
        raise HalogradError("a table is made of a direct predictor, got one that is tabulated")
    wrong = {name: number for name, number in numbers.items() if number < 1}
    if not tolerance > 0 or wrong:
        raise HalogradError(
            f"tolerance must be positive and counts 1 or more, got tolerance = {tolerance}"
            + "".join(f", {name} = {number}" for name, number in wrong.items())
        )
