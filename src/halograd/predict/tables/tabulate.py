"""A table in the place of a catalogue, as fine as a tolerance asks for."""

import os
from collections.abc import Mapping

from jax.typing import ArrayLike

from halograd.errors import HalogradError
from halograd.models import GalaxyHaloModel
from halograd.models.parameters import ParameterSpace
from halograd.predict.predictor import Predictor
from halograd.predict.tables.halo_table import looks_at_mass_alone
from halograd.predict.tables.mass_nodes import MassNodes
from halograd.predict.tables.reduced_basis import ReducedBasis
from halograd.predict.tables.request import Progress, TableMethod, TableRequest
from halograd.predict.tables.tabulated_predictor import TabulatedPredictor


def tabulate(
    predictor: Predictor,
    *,
    method: TableMethod | None = None,
    tolerance: float = 1e-3,
    space: ParameterSpace | None = None,
    draws: Mapping[str, ArrayLike] | None = None,
    n_draw: int | None = None,
    n_check: int = 16,
    n_node: int | None = None,
    seed: int = 0,
    checkpoint: str | os.PathLike[str] | None = None,
    on_progress: Progress = lambda task, done, total: None,
) -> TabulatedPredictor:
    """A predictor that answers from a table, within a tolerance of the direct one.

    The table is made for draws of the parameters, and its nodes (of `MassNodes`) or functions (of
    a `ReducedBasis`) raised in number until the statistics agree with the direct engine in every
    bin at `n_check` draws: the half of which most is missed, and others at random. What was
    reached is the `accuracy` of the result; where the tolerance is out of reach, its `is_met` is
    False.

    Args:
        predictor: The direct predictions.
        method: How the table is made, `MassNodes()` or `ReducedBasis()`; where None, nodes for a
            model that looks at `log_mpeak` alone and a basis for any other.
        tolerance: Largest error, see `TableAccuracy`.
        space: Whose prior the draws come from; that of the model where None.
        draws: The draws themselves, in place of the prior: by name, (n_draw,).
        n_draw: How many to take from the prior, by a Latin hypercube; by default 100 for nodes and
            1000 for a basis.
        n_check: How many to compare with the direct engine, at a pair count each.
        n_node: The number of nodes or functions, in place of the search for it.
        seed: Of the draws.
        checkpoint: File that keeps the pair counts; a run that is killed goes on from it, to the
            same bits. Nodes keep a file for each statistic, whose name joins that of the file.
        on_progress: Called with the name of the task at hand, its steps done and their total.

    Raises:
        HalogradError: For a tolerance or numbers that are not positive, a prior that cannot be
            drawn from, draws under which every sample has fewer than 300 galaxies, a table in
            place of a direct predictor, a model that the method does not suit, and as
            `pairs.tabulate`.
    """
    _check(predictor, tolerance, n_draw=n_draw, n_check=n_check, n_node=n_node)
    others = [s.name for s in predictor.observables.statistics if s.made_from == "halos"]
    if others:
        raise HalogradError(
            f"{', '.join(others)} is made from the halos themselves, which a table does not hold: "
            "leave it out, or use the direct engine"
        )
    model = predictor.model
    method = method or _method_for(model)
    request = TableRequest(
        predictor,
        tolerance,
        space or model.space,
        *(draws, n_draw, n_check, n_node, seed, checkpoint, on_progress),
    )
    return TabulatedPredictor(method(request), model, predictor.observables)


def _method_for(model: GalaxyHaloModel) -> TableMethod:
    return MassNodes() if looks_at_mass_alone(model) else ReducedBasis()


def _check(predictor: Predictor, tolerance: float, **numbers: int | None) -> None:
    if isinstance(predictor, TabulatedPredictor):
        raise HalogradError("a table is made of a direct predictor, got one that is tabulated")
    if predictor.in_halo:
        raise HalogradError(
            "a table holds the pairs of galaxies that are independent on tracers, and those within "
            "a halo are not: take the direct engine, or tracers of subhalos or particles and "
            'second_moments="poisson" or "binomial"'
        )
    wrong = {name: n for name, n in numbers.items() if n is not None and n < 1}
    if not tolerance > 0 or wrong:
        raise HalogradError(
            f"tolerance must be positive and counts 1 or more, got tolerance = {tolerance}"
            + "".join(f", {name} = {number}" for name, number in wrong.items())
        )
