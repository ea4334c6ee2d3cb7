"""Pair counts and their gradients, against float64 brute force."""

from functools import cache
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from oracles import brute_force, pair_cases
from oracles.pair_cases import Binning
from trials.hostile import answer, as_numbers, spoiled

SIDE = 20.0
EDGES = [0.0, 1.0, 4.0, 9.0]
_TOLERANCE = 2e-5  # of the sum of absolute terms


@cache
def _binnings() -> tuple[Binning, ...]:
    return (
        pair_cases.projected(EDGES, 8.0),
        pair_cases.rp_pi(EDGES, [0.0, 3.0, 8.0]),
        pair_cases.radial(EDGES),
        pair_cases.s_mu(EDGES, [0.0, 0.5, 1.0]),
    )


def one(rng: np.random.Generator, folder: Path) -> str | None:
    """Points, weights and a box of any kind, one argument of them spoiled in half of the trials."""
    binning = _binnings()[rng.integers(4)]
    n = int(rng.choice([1, 2, 7, 30]))
    given: dict[str, Any] = {
        "positions": _points(rng, n),
        "boxsize": np.array([SIDE, SIDE + 3, SIDE + 1]) if rng.random() < 0.5 else np.array(SIDE),
        "weights": _weights(rng, n),
        **binning.arguments,
    }
    is_spoiled = rng.random() < 0.5
    name = list(given)[rng.integers(len(given))]
    if is_spoiled:
        given[name] = spoiled(rng, given[name])
    found = answer(lambda: _value_and_gradient(binning, **given))
    if found.fault:
        return f"{binning.auto.__name__}, {name} spoiled: {found.fault}"
    if found.refusal is not None:
        return None if is_spoiled else f"{binning.auto.__name__} refused: {found.refusal}"
    numbers = {key: as_numbers(value) for key, value in given.items()}
    bad = [key for key, value in numbers.items() if value is None or np.isnan(value).any()]
    if bad:
        return f"{binning.auto.__name__} took {bad[0]} = {str(given[bad[0]])[:100]!r}"
    wrong = _difference(found.value, _expected(binning, **numbers))
    return (
        wrong and f"{binning.auto.__name__}, {name if is_spoiled else 'nothing'} spoiled: {wrong}"
    )


def _points(rng: np.random.Generator, n: int) -> np.ndarray:
    points = rng.random((n, 3)) * SIDE
    if rng.random() < 0.5:
        points = np.floor(points)  # on edges of bins and cells, some at the same place
    return points


def _weights(rng: np.random.Generator, n: int) -> np.ndarray:
    shape = (n,) if rng.random() < 0.5 else (n, 2)
    weights = rng.random(shape) * 10.0 ** rng.integers(-3, 4)
    return weights * (rng.random(shape) < 0.7)


def _value_and_gradient(
    binning: Binning, positions: Any, boxsize: Any, weights: Any, **bins: Any
) -> tuple[np.ndarray, np.ndarray]:
    made = binning.auto(positions, boxsize, **bins)
    counts = made(weights)
    plain = jnp.asarray(np.asarray(weights), float)
    return np.asarray(counts), np.asarray(jax.grad(lambda w: made(w).sum())(plain))


def _expected(
    binning: Binning, positions: np.ndarray, boxsize: np.ndarray, weights: np.ndarray, **bins: Any
) -> tuple[np.ndarray, np.ndarray]:
    """Counts, and the gradient of their sum."""
    edges, *along = (np.asarray(one, float) for one in bins.values())
    along = along[0] if along else np.array([0.0, 1.0])
    along = np.array([0.0, along]) if along.ndim == 0 else along
    changed = binning._replace(edges=edges, line_of_sight_edges=along)
    points = np.mod(positions, boxsize)
    matrix = brute_force.without_self(changed.matrix(points, points, boxsize))
    columns = weights.reshape(len(points), -1)
    flat = matrix.reshape(len(points), len(points), -1)
    around = np.einsum("ijb,js->isb", flat, columns)
    counts = np.einsum("is,isb->sb", columns, around)
    bins_shape = matrix.shape[2:]
    counts = counts.reshape(*weights.shape[1:], *bins_shape)
    return counts, 2 * around.sum(axis=2).reshape(weights.shape)


def _difference(found: tuple[Any, Any], expected: tuple[Any, Any]) -> str | None:
    for name, ours, right in zip(("counts", "gradient"), found, expected, strict=True):
        if ours.shape != right.shape:
            return f"{name} of shape {ours.shape} for {right.shape}"
        error = np.abs(ours - right).max(initial=0.0)
        if not error <= _TOLERANCE * np.abs(right).max(initial=0.0) + 1e-30:
            return f"{name} are off by {error:.3g} of {np.abs(right).max(initial=0.0):.3g}"
    return None
