"""The masses at which a model is evaluated, and its weights there over draws of its parameters."""

from collections.abc import Mapping

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from scipy import sparse

from halograd.errors import HalogradError
from halograd.models.parameters import Theta
from halograd.pairs import Nodes
from halograd.predict.predictor import Predictor
from halograd.predict.tables.accuracy import LEAST_GALAXIES


class MassGrid:
    """About 2000 masses of halos, between which weights are taken as linear.

    Equally spaced as far as the catalogue allows; where halos are rarer, at the masses of the
    halos themselves, so that single massive halos are described exactly.

    Args:
        log_mpeak: (n_halo,), log10 Msun/h.
        n_mass: How many at most.

    Attributes:
        log_mpeak: (n_mass,), increasing.
        multiplicity: (n_mass,), sum over halos of the hat function of each mass.
        overlaps: (n_mass, n_mass), sparse, the same of products of two.

    Raises:
        HalogradError: For halos that all have the same mass.
    """

    def __init__(self, log_mpeak: np.ndarray, n_mass: int = 2000) -> None:
        self.log_mpeak = _thinned(np.unique(log_mpeak), n_mass)
        self._halos = {"log_mpeak": log_mpeak}
        self._matrix = Nodes({"log_mpeak": self.log_mpeak}).hats(self._halos).matrix
        self.multiplicity = np.asarray(self._matrix.sum(axis=0))
        self.overlaps = self._matrix.T @ self._matrix

    def mean(self, values: np.ndarray) -> np.ndarray:
        """The mean over the halos of each mass: (n_halo, k) -> (n_mass, k)."""
        return (self._matrix.T @ np.asarray(values, np.float64)) / self.multiplicity[:, None]

    def to_nodes(self, nodes: Nodes) -> np.ndarray:
        r"""The matrix that turns weights at the masses into those of nodes, (n_node, n_mass),

        $$ w_{node} = \arg\min \sum_i [w(M_i) - \sum_a h_a(M_i) w_a]^2, $$

        least squares over halos, of least norm where some nodes have no halos of their own. What
        the nodes miss is then orthogonal to every h_a: the sum of weights is exact, and a sum of
        w_i f_i is wrong only as far as f, the neighbours of a halo, say, departs from smooth
        within the spacing of the nodes. The weights may be steep.
        """
        functions = nodes.hats(self._halos).matrix
        products = (functions.T @ functions).toarray()
        scale = 1 / np.sqrt(np.maximum(np.diag(products), np.finfo(float).tiny))
        inverse = np.linalg.pinv(scale[:, None] * products * scale, rcond=1e-6, hermitian=True)
        return (scale[:, None] * inverse * scale) @ (functions.T @ self._matrix).toarray()

    def at_masses(self, nodes: Nodes) -> np.ndarray:
        """The functions of nodes at the masses. (n_mass, n_node)"""
        return nodes.hats({"log_mpeak": self.log_mpeak}).matrix.toarray()

    def at_halos(self, nodes: Nodes) -> sparse.csr_array:
        """The functions of nodes at the halos. (n_halo, n_node)"""
        return nodes.hats(self._halos).matrix


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


def _thinned(masses: np.ndarray, n_mass: int) -> np.ndarray:
    """The first mass of each of `n_mass - 1` equal intervals that has any, and the largest."""
    if len(masses) < 2:
        raise HalogradError(
            f"a table needs halos of two masses or more, got {len(masses)}: use the direct engine"
        )
    share = (masses - masses[0]) / (masses[-1] - masses[0])
    _, first = np.unique(np.floor(share * (n_mass - 1)).astype(int), return_index=True)
    return masses[first]


@eqx.filter_jit
def _weights(predictor: Predictor, draws: dict[str, jax.Array]) -> jax.Array:
    return jax.lax.map(predictor.weights, draws)
