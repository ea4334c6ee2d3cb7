"""Tables between nodes in mass, for models that look at halo mass alone."""

import dataclasses
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

from halograd import pairs as pair_engine
from halograd.errors import HalogradError
from halograd.pairs import Nodes, SplitFloat64
from halograd.predict.predictor import Predictor
from halograd.predict.tables.accuracy import TableAccuracy
from halograd.predict.tables.direct_checks import (
    Check,
    DirectChecks,
    profile_moments,
    profile_noises,
)
from halograd.predict.tables.halo_table import HaloTable, looks_at_mass_alone
from halograd.predict.tables.mass_grid import MassGrid, WeightFamily
from halograd.predict.tables.request import MARGIN, TableRequest, drawn
from halograd.predict.tables.tabulated_predictor import TabulatedPredictor

DEGREE = 3
"""Of the splines between nodes in mass: ten times as exact as hat functions (docs/tables.md)."""

_EVEN_SHARE = 0.05  # of the nodes that are spread evenly, for weights unlike those of the draws
_FIRST = 40  # nodes


@dataclass(frozen=True)
class MassNodes:
    """Tables of pairs between nodes in mass, for models that look at `log_mpeak` alone.

    Nodes are placed for the weights of the draws, and their number raised until every statistic
    of pairs agrees with the direct engine. For this the direct engine is given the weights that
    the nodes represent, which is what a table computes, so that pairs are counted between nodes
    only once. Any samples may be predicted from the table.

    Attributes:
        most: The most nodes that a search goes to.
        n_draw: Draws of the prior, where `tabulate` is not given their number.
    """

    most: int = 300
    n_draw: int = 100

    def __call__(self, request: TableRequest) -> HaloTable:
        """The table that is asked for, its accuracy measured."""
        predictor, tolerance = request.predictor, request.tolerance
        if not looks_at_mass_alone(predictor.model):
            raise HalogradError(
                f"nodes in mass are for models that look at log_mpeak alone, and "
                f"{type(predictor.model).__name__} looks at {', '.join(predictor.model.needs)}: "
                "tabulate with method=ReducedBasis()"
            )
        grid = MassGrid(np.asarray(predictor.columns["log_mpeak"]))
        n_draw = request.n_draw or self.n_draw
        family = WeightFamily(
            predictor, grid, drawn(request.space, request.draws, n_draw, request.seed)
        )
        choice = NodeChoice(grid, family.columns)
        hardest = family.hardest(_missed(grid, choice, family), request.n_check, request.seed)
        comparing = partial(request.on_progress, "comparing with the direct engine")
        checks = DirectChecks(predictor, _checks(predictor, grid, family, hardest), comparing)
        projection = None
        if any(statistic.uses_pairs for statistic in predictor.observables.statistics):
            if request.n_node is None:
                weights = [family.weights[draw] for draw in hardest]
                projection = self._search(choice, grid, checks, weights, tolerance)
            else:
                projection = _projection(grid, choice, request.n_node)
        counting = partial(request.on_progress, "counting pairs between nodes")
        table = _table(predictor, grid, projection, request.checkpoint, counting)
        tabulated = TabulatedPredictor(table, predictor.model, predictor.observables)
        errors, n_left_out = checks.errors(tabulated)
        n_found = 0 if projection is None else len(projection.nodes)
        accuracy = TableAccuracy(
            *(tolerance, n_found, len(family.thetas), len(hardest), n_left_out, errors)
        )
        return dataclasses.replace(table, accuracy=accuracy)

    def _search(
        self,
        choice: "NodeChoice",
        grid: MassGrid,
        checks: DirectChecks,
        weights: list[np.ndarray],
        tolerance: float,
    ) -> "_Projection":
        """The fewest nodes found to meet the tolerance.

        Args:
            choice: The nodes for each number of them.
            grid: The masses.
            checks: The direct predictions.
            weights: At each check, (n_mass, n_sample).
            tolerance: Largest error.
        """
        wanted, n_node = MARGIN * tolerance, _FIRST
        while True:
            projection = _projection(grid, choice, n_node)
            at_halos = grid.at_halos(projection.nodes)
            represented = (at_halos @ (projection.to_nodes @ columns) for columns in weights)
            error = checks.worst_of_pairs(represented)
            if error <= wanted or n_node >= self.most or n_node >= len(grid.log_mpeak):
                return projection
            # the error is at least of second order in the spacing
            growth = np.clip(np.sqrt(error / wanted), 1.1, 1.5)
            n_node = min(self.most, int(np.ceil(n_node * growth)))


class NodeChoice:
    r"""Chooses nodes for a family of weight functions of halo mass.

    Interpolation between nodes a distance Δ apart misses w by about w'' Δ² where w bends within
    that distance, and the sum of its square over halos, \int n (w'')² Δ⁴ dM, is least for a given
    number of nodes where

    $$ 1 / \Delta \propto \left[ n(M) \left\langle w''^2 / W^2 \right\rangle \right]^{1/5}, $$

    n being the halos per unit of log mass, W the sum of the weights, and the mean over samples
    and draws. Few nodes go to the rare massive halos.

    Args:
        grid: The masses.
        weights: (n_mass, n_function), the weights at these masses, none without galaxies.
    """

    def __init__(self, grid: MassGrid, weights: np.ndarray) -> None:
        self._grid = grid
        at = np.linspace(grid.log_mpeak[0], grid.log_mpeak[-1], 2 * len(grid.log_mpeak))
        total = grid.multiplicity @ weights
        even = np.stack([np.interp(at, grid.log_mpeak, w) for w in (weights / total).T], axis=1)
        curvature = np.mean(_smooth(_second_difference(even) ** 2), axis=1)
        halos = _smooth(np.histogram(grid.log_mpeak, _edges(at), weights=grid.multiplicity)[0])
        density = (halos * curvature) ** 0.2
        density += _EVEN_SHARE * density.mean() + np.finfo(float).tiny
        self._at, self._cumulative = at, np.cumsum(density) - density / 2

    def nodes(self, n_node: int) -> Nodes:
        """About `n_node` nodes; the positions are of the masses, the first and last included."""
        share = (self._cumulative - self._cumulative[0]) / np.ptp(self._cumulative)
        wanted = np.interp(np.linspace(0, 1, max(2, n_node - DEGREE + 1)), share, self._at)
        masses = self._grid.log_mpeak
        nearest = np.abs(masses - wanted[:, None]).argmin(axis=1)
        chosen = np.unique([0, *nearest, len(masses) - 1])
        return Nodes({"log_mpeak": masses[chosen]}, degree=DEGREE)


def _second_difference(values: np.ndarray) -> np.ndarray:
    return np.pad(np.diff(values, 2, axis=0), ((1, 1), (0, 0)), mode="edge")


def _edges(centres: np.ndarray) -> np.ndarray:
    half = (centres[1] - centres[0]) / 2
    return np.concatenate([centres - half, centres[-1:] + half])


def _smooth(values: np.ndarray, width: int = 15) -> np.ndarray:
    """The running mean along the first axis."""
    sums = np.cumsum(
        np.pad(values, ((width // 2 + 1, width // 2), *((0, 0),) * (values.ndim - 1)), mode="edge"),
        axis=0,
    )
    return (sums[width:] - sums[:-width]) / width


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


def _checks(
    predictor: Predictor, grid: MassGrid, family: WeightFamily, chosen: list[int]
) -> list[Check]:
    """What `DirectChecks` compares, at these draws of the family."""
    moments = profile_moments(predictor, grid.mean)
    found = []
    for draw in chosen:
        halos = grid.multiplicity[:, None] * family.weights[draw]
        noises = profile_noises(predictor.observables, halos, moments)
        found.append(Check(family.thetas[draw], family.galaxies[draw], noises))
    return found


def _table(
    predictor: Predictor,
    grid: MassGrid,
    projection: _Projection | None,
    checkpoint: str | os.PathLike[str] | None,
    on_progress: Callable[[int, int], None],
) -> HaloTable:
    statistics, moments = predictor.observables.statistics, profile_moments(predictor, grid.mean)
    properties = {"log_mpeak": np.asarray(predictor.columns["log_mpeak"])}
    pairs = {}
    for statistic in statistics:
        if statistic.uses_pairs:
            source = predictor.prepared[statistic.name]
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
        columns={"log_mpeak": grid.log_mpeak},
        multiplicity=grid.multiplicity,
        to_nodes=None if projection is None else SplitFloat64(projection.to_nodes),
        sums=None,
        profiles={name: mean for name, (mean, _) in moments.items()},
        pairs=pairs,
        volume=predictor.volume,
        statistics=tuple(s.without_samples for s in statistics if s.made_from != "galaxies"),
        samples=None,
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
