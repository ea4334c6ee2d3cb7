"""What a table is asked for, whatever the method that makes it."""

import os
from collections.abc import Callable, Mapping
from typing import NamedTuple, Protocol

import numpy as np
from jax.typing import ArrayLike
from scipy.stats import qmc

from halograd.errors import HalogradError
from halograd.models.parameters import ParameterSpace
from halograd.predict.predictor import Predictor
from halograd.predict.tables.halo_table import HaloTable

Progress = Callable[[str, int, int], None]

MARGIN = 0.7
"""Part of the tolerance that is asked for: draws that are not checked may be worse than those
that are."""


class TableRequest(NamedTuple):
    """The arguments of `tabulate`, checked.

    Attributes:
        predictor: The direct predictions.
        tolerance: Largest error, see `TableAccuracy`.
        space: Whose prior the draws come from.
        draws: The draws themselves, in place of the prior: by name, (n_draw,).
        n_draw: Draws of the prior to make the table for; None leaves it to the method.
        n_check: Draws to compare with the direct engine.
        n_node: Nodes or functions, in place of the search for their number.
        seed: Of the draws.
        checkpoint: File that keeps the pair counts.
        on_progress: Called with the name of the task at hand, its steps done and their total.
    """

    predictor: Predictor
    tolerance: float
    space: ParameterSpace
    draws: Mapping[str, ArrayLike] | None
    n_draw: int | None
    n_check: int
    n_node: int | None
    seed: int
    checkpoint: str | os.PathLike[str] | None
    on_progress: Progress


class TableMethod(Protocol):
    """A way to make a table: an object with its settings."""

    def __call__(self, request: TableRequest) -> HaloTable:
        """The table that is asked for, its accuracy measured."""


def drawn(
    space: ParameterSpace, draws: Mapping[str, ArrayLike] | None, n_draw: int, seed: int
) -> dict[str, np.ndarray]:
    """Every parameter by name, each (n_draw,): the given draws, or a Latin hypercube.

    Raises:
        HalogradError: For unknown names, draws of different lengths, or an improper prior.
    """
    if draws is None:
        cube = qmc.LatinHypercube(len(space.free), rng=np.random.default_rng(seed))
        return space.from_unit_cube(cube.random(n_draw))
    complete = {name: np.asarray(values) for name, values in space.complete(draws).items()}
    try:
        together = np.broadcast_arrays(*map(np.atleast_1d, complete.values()))
    except ValueError as cause:
        shapes = {name: np.shape(values) for name, values in draws.items()}
        raise HalogradError(f"draws must all have one length, got shapes {shapes}") from cause
    return dict(zip(complete, together, strict=True))
