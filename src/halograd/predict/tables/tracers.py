"""The distinct tracers of a catalogue, and the few at which a model is evaluated."""

from collections.abc import Mapping
from typing import NamedTuple

import equinox as eqx
import jax
import numpy as np
from scipy import sparse
from scipy.linalg import qr, solve_triangular

from halograd.predict.predictor import Predictor

_EVEN_SHARE = 0.05  # of the chosen tracers, for weights unlike those of the functions


class DistinctTracers:
    """Halos that differ in the columns a model looks at; those that agree share their weights.

    Args:
        columns: By name, each (n_halo, ...).

    Attributes:
        columns: The same of the distinct ones, each (n_distinct, ...), in the order of the halos.
        count: (n_distinct,), how many halos are alike.
    """

    def __init__(self, columns: Mapping[str, np.ndarray]) -> None:
        n_halo = len(next(iter(columns.values())))
        bits = [np.ascontiguousarray(values).reshape(n_halo, -1) for values in columns.values()]
        rows = np.concatenate([values.view(np.uint8) for values in bits], axis=1)
        keys = rows.view(np.dtype((np.void, rows.shape[1])))[:, 0]
        _, first, inverse = np.unique(keys, return_index=True, return_inverse=True)
        order = np.argsort(first)
        place = np.empty_like(order)
        place[order] = np.arange(len(order))
        self._row = place[inverse]
        self.columns = {name: np.asarray(values)[first[order]] for name, values in columns.items()}
        self.count = np.bincount(self._row).astype(np.float64)

    def __len__(self) -> int:
        return len(self.count)

    def at_halos(self, values: np.ndarray) -> np.ndarray:
        """Values of distinct tracers at every halo: (n_distinct, ...) -> (n_halo, ...)."""
        return values[self._row]

    def summed(self, values: np.ndarray) -> np.ndarray:
        """Sums over the halos that are alike: (n_halo, k) -> (n_distinct, k)."""
        n_halo = len(self._row)
        if len(self) == n_halo:
            return values
        alike = sparse.csr_array(
            (np.ones(n_halo, values.dtype), (self._row, np.arange(n_halo))),
            shape=(len(self), n_halo),
        )
        return alike @ values


class ChosenRows(NamedTuple):
    """Distinct tracers at which a model is evaluated.

    Attributes:
        rows: (m,), which they are.
        stands_for: (m,), how many halos each stands for, in expectation.
    """

    rows: np.ndarray
    stands_for: np.ndarray

    def to_functions(self, functions: np.ndarray) -> np.ndarray:
        r"""The matrix that turns weights of the chosen tracers into those of functions. (r, m)

        $$ c = \arg\min \sum_{i\ chosen} \frac{n_i}{p_i} [w_i - \sum_a \phi_a(i) c_a]^2, $$

        n_i being the number of halos alike and p_i the probability to be chosen: in expectation
        the least squares over all halos.

        Args:
            functions: (n_distinct, r).
        """
        root = np.sqrt(self.stands_for)
        scaled = functions[self.rows].astype(np.float64) * root[:, None]
        orthogonal, triangle = qr(scaled, mode="economic")
        return solve_triangular(triangle, orthogonal.T) * root


def choose(functions: np.ndarray, count: np.ndarray, n: int, seed: int) -> ChosenRows:
    r"""Tracers by leverage, the influence of each on a least-squares fit of the functions.

    A tracer is chosen with probability p in proportion to n_i \sum_a \phi_a(i)^2, or surely where
    that exceeds 1, evenly along the first function.

    Args:
        functions: (n_distinct, r), orthonormal over halos.
        count: (n_distinct,), halos that are alike.
        n: How many to choose.
        seed: Of the choice.
    """
    leverage = count * np.einsum("ia,ia->i", functions, functions, dtype=np.float64)
    chance = inclusion(leverage + _EVEN_SHARE * leverage.mean(), n)
    rows = systematic(chance, functions[:, 0], seed)
    return ChosenRows(rows, count[rows] / chance[rows])


def inclusion(size: np.ndarray, n: int) -> np.ndarray:
    """Probabilities in proportion to size, 1 at most, that sum to `n` or to all: (n_row,)."""
    chance = np.zeros(len(size))
    sure = np.zeros(len(size), bool)
    while n < len(size):
        rest = np.where(sure, 0.0, size)
        chance = np.where(sure, 1.0, rest * (n - sure.sum()) / rest.sum())
        above = (chance >= 1) & ~sure
        if not above.any():
            return chance
        sure |= above
    return np.ones(len(size))


def systematic(chance: np.ndarray, along: np.ndarray, seed: int) -> np.ndarray:
    """Rows with these probabilities, evenly spread along a quantity. (about sum of chance,)"""
    order = np.argsort(along, kind="stable")
    steps = np.floor(np.cumsum(chance[order]) + np.random.default_rng(seed).random())
    return np.sort(order[np.diff(steps, prepend=0) > 0])


def evaluated_at(predictor: Predictor, columns: Mapping[str, np.ndarray]) -> Predictor:
    """The model and samples of a predictor on other rows, without anything to measure from."""
    return eqx.tree_at(lambda p: (p.columns, p.prepared), predictor, (dict(columns), {}))


@eqx.filter_jit
def weights_at_draws(predictor: Predictor, draws: dict[str, jax.Array]) -> jax.Array:
    """Expected galaxies, one draw after another: (n_draw,) each -> (n_draw, n, n_sample)."""
    return jax.lax.map(predictor.weights, draws)
