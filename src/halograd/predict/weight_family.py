"""The weights that a model gives to halos of each mass, over draws of its parameters."""

from collections.abc import Mapping

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike
from scipy.stats import qmc

from halograd.errors import HalogradError
from halograd.models.parameters import ParameterSpace, Theta
from halograd.predict.mass_grid import MassGrid
from halograd.predict.predictor import Predictor
from halograd.predict.table_accuracy import LEAST_GALAXIES


class WeightFamily:
    """Weights at the masses of a grid, for every draw and sample.

    Args:
        predictor: Model and samples.
        grid: The masses.
        draws: By the name of each parameter, (n_draw,).

    Attributes:
        thetas: The draws one by one.
        weights: (n_draw, n_mass, n_sample)
        galaxies: (n_draw, n_sample), their sum over halos.

    Raises:
        HalogradError: Where no sample of any draw has enough galaxies.
    """

    def __init__(
        self, predictor: Predictor, grid: MassGrid, draws: Mapping[str, np.ndarray]
    ) -> None:
        n_draw = len(next(iter(draws.values())))
        self.thetas: list[Theta] = [
            {name: float(values[i]) for name, values in draws.items()} for i in range(n_draw)
        ]
        without_halos = eqx.tree_at(
            lambda p: (p.columns, p.prepared), predictor, ({"log_mpeak": grid.log_mpeak}, {})
        )
        stacked = {name: jnp.asarray(values, float) for name, values in draws.items()}
        self.weights = np.asarray(_weights(without_halos, stacked), np.float64)
        self.galaxies = np.einsum("g,dgs->ds", grid.multiplicity, self.weights)
        if not self.has_enough.any():
            raise HalogradError(
                f"no sample has {LEAST_GALAXIES} galaxies under any of {n_draw} draws of the "
                "parameters: use a larger catalogue, other samples, or draws nearer to the data"
            )

    @property
    def has_enough(self) -> np.ndarray:
        """Which samples have enough galaxies for a statistic. (n_draw, n_sample)"""
        return self.galaxies >= LEAST_GALAXIES

    @property
    def columns(self) -> np.ndarray:
        """The weights of those. (n_mass, n_function)"""
        return self.weights.transpose(1, 0, 2)[:, self.has_enough]

    def hardest(self, missed: np.ndarray, n: int, seed: int) -> list[int]:
        """The draws to check: half those of which most is missed, half others at random.

        Args:
            missed: (n_draw, n_sample), how much of the weights is missed.
            n: How many draws at most.
            seed: Of the random half.
        """
        worst = np.where(self.has_enough, missed, -1.0).max(axis=1)
        order = np.argsort(-worst)
        order = order[worst[order] >= 0]
        hard, others = order[: -(-n // 2)], order[-(-n // 2) :]
        drawn = np.random.default_rng(seed).permutation(others)[: n // 2]
        return sorted([*hard.tolist(), *drawn.tolist()])


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


@eqx.filter_jit
def _weights(predictor: Predictor, draws: dict[str, jax.Array]) -> jax.Array:
    return jax.lax.map(predictor.weights, draws)
