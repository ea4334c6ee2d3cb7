"""Functions of `halograd.stats`, against their definitions in float64."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from halograd import stats
from halograd.pairs import ProjectedPairs, RadialPairs
from oracles import brute_force
from trials.hostile import answer, as_numbers, spoiled

N, SIDE, EDGES = 12, 20.0, np.array([0.5, 3.0, 9.0])
POINTS = np.random.default_rng(0).random((N, 3)) * SIDE


@cache
def _pairs() -> tuple[ProjectedPairs, RadialPairs]:
    return ProjectedPairs(POINTS, SIDE, EDGES, 8.0), RadialPairs(POINTS, SIDE, EDGES)


def one(rng: np.random.Generator, folder: Path) -> str | None:
    """One function, one argument of it spoiled in half of the trials."""
    name = list(_FUNCTIONS)[rng.integers(len(_FUNCTIONS))]
    call, by_definition, make = _FUNCTIONS[name]
    given = make(rng)
    is_spoiled = rng.random() < 0.5
    argument = list(given)[rng.integers(len(given))]
    if is_spoiled:
        given[argument] = spoiled(rng, given[argument])
    found = answer(lambda: np.asarray(call(**given), np.float64))
    about = f"{name}, {argument if is_spoiled else 'nothing'} spoiled"
    if found.fault:
        return f"{about}: {found.fault}"
    if found.refusal is not None:
        return None if is_spoiled else f"{about}: refused: {found.refusal}"
    numbers = {key: as_numbers(value) for key, value in given.items()}
    bad = [key for key, value in numbers.items() if value is None or np.isnan(value).any()]
    if bad:
        return f"{about}: took {str(given[bad[0]])[:100]!r}"
    with np.errstate(all="ignore"):
        right = np.asarray(by_definition(**numbers), np.float64)
    if found.value.shape != right.shape:
        return f"{about}: shape {found.value.shape} for {right.shape}"
    known = np.isfinite(right) & (np.abs(right) < 1e30)  # what float32 can hold
    scale = np.abs(np.where(known, right, 0)).max(initial=0.0) + 1e-30
    error = np.abs(np.where(known, found.value - right, 0)).max(initial=0.0)
    return None if error <= 1e-4 * scale else f"{about}: off by {error:.3g} of {scale:.3g}"


def _weights(rng: np.random.Generator) -> dict[str, Any]:
    shape = (N,) if rng.random() < 0.5 else (N, 2)
    return {"weights": rng.random(shape)}


def _stacked(weights: np.ndarray, profiles: np.ndarray) -> np.ndarray:
    total = weights.sum(axis=0)
    return (
        (weights.T @ profiles) / total[..., None]
        if weights.ndim > 1
        else weights @ profiles / total
    )


def _excess(weights: np.ndarray, matrix: np.ndarray, volumes: np.ndarray) -> np.ndarray:
    columns = weights.reshape(N, -1)
    counts = np.einsum("is,ijb,js->sb", columns, matrix, columns)
    number = columns.sum(axis=0) ** 2 - (columns**2).sum(axis=0)
    found = counts / (number[:, None] * volumes / SIDE**3) - 1
    found = np.where(number[:, None] > 0, found, 0.0)
    return found.reshape(*weights.shape[1:], -1)


def _wp(weights: np.ndarray) -> np.ndarray:
    matrix = brute_force.auto_matrix(POINTS, SIDE, EDGES, 8.0)
    return 16 * _excess(weights, matrix, np.pi * np.diff(EDGES**2) * 16)


def _xi(weights: np.ndarray) -> np.ndarray:
    apart = brute_force.axis_separations(POINTS, POINTS, SIDE)
    matrix = brute_force.bin_matrix(apart, EDGES, [0.0, 1.0], is_projected=False)[..., 0]
    volumes = 4 * np.pi / 3 * np.diff(EDGES**3)
    return _excess(weights, brute_force.without_self(matrix), volumes)


def _triweight(mean: np.ndarray, scatter: np.ndarray, edges: np.ndarray) -> np.ndarray:
    u = np.clip((edges - mean[:, None]) / scatter[..., None] / 3, -1, 1)
    cdf = 0.5 + 35 / 32 * (u - u**3 + 3 / 5 * u**5 - u**7 / 7)
    return np.diff(cdf, axis=1)


_FUNCTIONS: dict[str, tuple[Callable, Callable, Callable]] = {
    "number_density": (
        stats.number_density,
        lambda weights, volume: weights.sum(axis=0) / volume,
        lambda rng: {**_weights(rng), "volume": np.array(rng.random() * 1e4)},
    ),
    "stellar_mass_function": (
        stats.stellar_mass_function,
        lambda weights, volume, bin_width: weights.sum(axis=0) / volume / bin_width,
        lambda rng: {
            **_weights(rng),
            "volume": np.array(rng.random() * 1e4),
            "bin_width": np.array(0.1 + rng.random()),
        },
    ),
    "delta_sigma": (
        stats.delta_sigma,
        _stacked,
        lambda rng: {**_weights(rng), "profiles": rng.normal(size=(N, 3))},
    ),
    "wp": (lambda weights: stats.wp(weights, _pairs()[0]), _wp, _weights),
    "xi": (lambda weights: stats.xi(weights, _pairs()[1]), _xi, _weights),
    "sample_weights": (
        lambda mean, scatter, edges: stats.sample_weights(mean, scatter, edges),
        _triweight,
        lambda rng: {
            "mean": 10 + rng.normal(size=N),
            "scatter": np.array(0.1 + rng.random()),
            "edges": np.array([9.0, 10.0, 12.0]),
        },
    ),
}
