r"""The functions that span the weights of a model over draws of its parameters.

Weights of all halos are one column for each draw and sample, and lie near a space of few
dimensions. Its best basis are the left singular vectors of the matrix of all columns. The right
ones, small, come from some of the halos alone, chosen by how much weight they carry; one pass
over the draws then gives the functions at every halo, so that memory holds one number for each
halo and function, not for each draw.
"""

from collections.abc import Callable, Mapping

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from halograd.errors import HalogradError
from halograd.predict.predictor import Predictor
from halograd.predict.tables.accuracy import LEAST_GALAXIES
from halograd.predict.tables.tracers import (
    DistinctTracers,
    evaluated_at,
    inclusion,
    systematic,
    weights_at_draws,
)

_PILOT = 16  # draws that tell where the weight is
_ROWS = 16  # halos for each function, from which the right singular vectors come
_BLOCK_SIZE = 2**25  # weights that are held at a time
_NEGLIGIBLE = 1e-6  # of the largest singular value: the rounding of float32


def basis_functions(
    predictor: Predictor,
    tracers: DistinctTracers,
    draws: Mapping[str, np.ndarray],
    *,
    most: int,
    seed: int,
    on_progress: Callable[[int, int], None],
) -> np.ndarray:
    """Functions that are orthonormal over halos, the most important first.

    Args:
        predictor: Model and samples.
        tracers: The halos.
        draws: By the name of every parameter, (n_draw,).
        most: How many at most.
        seed: Of the halos that tell the right singular vectors.
        on_progress: Called with the draws done and their total.

    Returns:
        (n_distinct, n_function), float32; fewer than `most` where the weights span no more.

    Raises:
        HalogradError: Where no sample of any draw has enough galaxies, and for weights that are
            not finite.
    """
    at_all = evaluated_at(predictor, tracers.columns)
    stacked = {name: jnp.asarray(values, float) for name, values in draws.items()}
    n_draw = len(next(iter(draws.values())))
    importance = _importance(at_all, tracers, stacked, n_draw)
    chance = inclusion(importance + importance.mean(), _ROWS * most)
    rows = systematic(chance, importance, seed)
    few = {name: values[rows] for name, values in tracers.columns.items()}
    weights = np.asarray(weights_at_draws(evaluated_at(predictor, few), stacked))
    _check_finite(predictor, weights, draws)
    stands_for = tracers.count[rows] / chance[rows]
    mixing, singular = _right_singular(weights, stands_for, most, seed)
    mixed = _mixed(at_all, stacked, mixing, n_draw, on_progress)
    return _orthonormal(mixed, tracers.count, singular)


def _check_finite(
    predictor: Predictor, weights: np.ndarray, draws: Mapping[str, np.ndarray]
) -> None:
    """Raise for weights (n_draw, n_row, n_sample) that are NaN or infinite."""
    bad = ~np.isfinite(weights).all(axis=(1, 2))
    if bad.any():
        free = [p.name for p in predictor.model.space.free]
        where = ", ".join(f"{name} = {float(draws[name][bad.argmax()]):.6g}" for name in free)
        raise HalogradError(
            f"{type(predictor.model).__name__} gives weights that are NaN or infinite at "
            f"{int(bad.sum())} of {len(bad)} draws, the first at {where}: narrow the prior, or "
            "mend the model"
        )


def _importance(
    at_all: Predictor, tracers: DistinctTracers, draws: dict[str, jax.Array], n_draw: int
) -> np.ndarray:
    """Mean square of the part of each halo in a sample, for those alike. (n_distinct,)"""
    pilot = np.unique(np.linspace(0, n_draw - 1, _PILOT).astype(int))
    found = np.zeros(len(tracers))
    for draw in pilot:
        one = {name: values[draw] for name, values in draws.items()}
        weights = np.asarray(_weights(at_all, one), np.float64)
        total = tracers.count @ weights
        some = np.isfinite(total) & (total > 0)
        found += np.sum((weights[:, some] / total[some]) ** 2, axis=1)
    found *= tracers.count
    return found if found.any() else tracers.count


def _right_singular(
    weights: np.ndarray, stands_for: np.ndarray, most: int, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """How to mix the columns of draws into functions, and the singular value of each.

    Every column is divided by its number of galaxies, since errors are relative to that.

    Args:
        weights: (n_draw, n_row, n_sample), at some halos.
        stands_for: (n_row,), how many halos each stands for.
        most: Number of functions at most.
        seed: Of the random range finder.

    Returns:
        (n_draw, n_sample, n_function) and (n_function,).
    """
    galaxies = np.einsum("i,dis->ds", stands_for, weights)
    enough = galaxies >= LEAST_GALAXIES
    if not enough.any():
        raise HalogradError(
            f"no sample has {LEAST_GALAXIES} galaxies under any of {len(weights)} draws of the "
            "parameters: use a larger catalogue, other samples, or draws nearer to the data"
        )
    columns = weights.transpose(1, 0, 2)[:, enough].astype(np.float64)
    columns *= np.sqrt(stands_for)[:, None] / galaxies[enough]
    singular, right = _largest_singular(columns, most, seed)
    mixing = np.zeros((*enough.shape, len(singular)))
    mixing[enough] = right.T / singular / galaxies[enough][:, None]
    return mixing, singular


def _largest_singular(
    matrix: np.ndarray, most: int, seed: int, spare: int = 20
) -> tuple[np.ndarray, np.ndarray]:
    """Singular values and right vectors (k,) and (k, n_column), by a random range finder."""
    if min(matrix.shape) > 2 * (most + spare):
        start = np.random.default_rng(seed).standard_normal((len(matrix), most + spare))
        span = np.linalg.qr(matrix.T @ start)[0]
        for _ in range(3):
            span = np.linalg.qr(matrix.T @ np.linalg.qr(matrix @ span)[0])[0]
        _, singular, right = np.linalg.svd(matrix @ span, full_matrices=False)
        right = right @ span.T
    else:
        _, singular, right = np.linalg.svd(matrix, full_matrices=False)
    kept = np.flatnonzero(singular > _NEGLIGIBLE * singular[0])[:most]
    return singular[kept], right[kept]


def _mixed(
    at_all: Predictor,
    draws: dict[str, jax.Array],
    mixing: np.ndarray,
    n_draw: int,
    on_progress: Callable[[int, int], None],
) -> np.ndarray:
    """The sum over draws and samples of weights times `mixing`. (n_distinct, n_function)"""
    n_distinct = len(next(iter(at_all.columns.values())))
    _, n_sample, n_function = mixing.shape
    block = int(np.clip(_BLOCK_SIZE // (n_distinct * n_sample), 1, 64))
    found = jnp.zeros((n_distinct, n_function))
    for begin in range(0, n_draw, block):
        on_progress(begin, n_draw)
        # the last block repeats draws without effect, so that one program serves
        chosen = np.minimum(np.arange(begin, begin + block), n_draw - 1)
        factors = mixing[chosen] * (np.arange(begin, begin + block) < n_draw)[:, None, None]
        some = {name: values[chosen] for name, values in draws.items()}
        found = _added(found, at_all, some, jnp.asarray(factors, found.dtype))
    on_progress(n_draw, n_draw)
    return np.asarray(found)


def _orthonormal(mixed: np.ndarray, count: np.ndarray, singular: np.ndarray) -> np.ndarray:
    """Orthonormal functions of the same span, by how much of the weights each holds."""
    values, vectors = np.linalg.eigh(products(mixed, count))
    kept = values > 1e-9 * values[-1]
    roots, vectors = np.sqrt(values[kept]), vectors[:, kept]
    rotation = np.linalg.svd(roots[:, None] * vectors.T * singular)[0]
    return (mixed @ (vectors / roots @ rotation)).astype(np.float32)


def products(functions: np.ndarray, count: np.ndarray, chunk: int = 2**14) -> np.ndarray:
    """Sums over halos of the products of two functions. (n_function, n_function), float64"""
    total = np.zeros((functions.shape[1],) * 2)
    for begin in range(0, len(functions), chunk):
        part = functions[begin : begin + chunk].astype(np.float64)
        total += part.T @ (part * count[begin : begin + chunk, None])
    return total


@eqx.filter_jit
def _weights(predictor: Predictor, theta: dict[str, jax.Array]) -> jax.Array:
    return predictor.weights(theta)


@eqx.filter_jit
def _added(
    found: jax.Array, at_all: Predictor, draws: dict[str, jax.Array], factors: jax.Array
) -> jax.Array:
    """`found` plus the weights at these draws times factors (n_draw, n_sample, n_function)."""
    weights = jax.lax.map(at_all.weights, draws)
    return found + jnp.einsum("dis,dsa->ia", weights, factors, precision=jax.lax.Precision.HIGHEST)
