"""Minimisers of χ², one step at a time, so that every step can be shown and saved."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
import optimistix as optx

from halograd.errors import ConfigError
from halograd.inference.problem import FitProblem

_STEP_TOLERANCE = 0.01  # in units of the expected error: far below what matters
_RELATIVE_TOLERANCE = 1e-4  # of χ², above the rounding of float32


class Iterate(NamedTuple):
    """Where the minimiser stands: parameters u, their χ², and whether it is done."""

    u: np.ndarray
    chi2: float
    converged: bool


def minimise(
    problem: FitProblem, start: np.ndarray, scale: np.ndarray, *, method: str, max_steps: int
) -> Iterator[Iterate]:
    """Steps of a minimiser from `start`, until it converges or takes `max_steps`.

    Works in coordinates v, u = start + scale v, in which the χ² of a linear model is round with
    unit width: then one learning rate and one tolerance suit every problem.

    Args:
        problem: What to minimise.
        start: (n_free,), unbounded parameters.
        scale: (n_free, n_free), from `unit_steps`.
        method: A name in `METHODS`.
        max_steps: At most this many evaluations of χ² and its derivatives.
    """
    if method not in METHODS:
        raise ConfigError(f"unknown method {method!r}: choose one of {', '.join(METHODS)}")
    solver = METHODS[method](max_steps)
    step, state = _stepper(problem, solver, jnp.asarray(start), jnp.asarray(scale))
    v, converged = jnp.zeros(len(start)), False
    for _ in range(max_steps):
        v, state, (u, chi2), done = step(v, state)
        if not np.isfinite(chi2):
            raise FloatingPointError(f"χ² became {chi2} at u = {np.asarray(u).tolist()}")
        converged = bool(done)
        yield Iterate(np.asarray(u), float(chi2), converged)
        if converged:
            return


def unit_steps(fisher: np.ndarray) -> np.ndarray:
    """A matrix root of the inverse Fisher matrix in u: its columns are steps of one sigma.

    Directions the data hardly constrain get steps of a quarter, in the units of the parameters.
    """
    values, vectors = np.linalg.eigh(fisher)
    return vectors / np.sqrt(np.maximum(values, 16.0))


def _stepper(
    problem: FitProblem, solver: object, start: jax.Array, scale: jax.Array
) -> tuple[Callable, object]:
    """One compiled step of the solver, and its first state."""
    residual_solver = isinstance(solver, optx.AbstractLeastSquaresSolver)

    def objective(v: jax.Array, problem: FitProblem) -> tuple[jax.Array, tuple]:
        u = start + scale @ v
        residuals = problem.residuals(u)
        chi2 = jnp.sum(residuals**2)
        return (residuals if residual_solver else chi2 / 2), (u, chi2)

    v = jnp.zeros(len(start))
    shape, aux_shape = jax.eval_shape(lambda v: objective(v, problem), v)
    tags = frozenset()
    state = solver.init(objective, v, problem, {}, shape, aux_shape, tags)

    @eqx.filter_jit
    def step(problem: FitProblem, v: jax.Array, state: object) -> tuple:
        v, state, aux = solver.step(objective, v, problem, {}, state, tags)
        done, _ = solver.terminate(objective, v, problem, {}, state, tags)
        return v, state, aux, done

    return lambda v, state: step(problem, v, state), state


def _adam(max_steps: int) -> optx.AbstractMinimiser:
    schedule = optax.cosine_decay_schedule(0.5, max_steps)
    return optx.OptaxMinimiser(optax.adam(schedule), _RELATIVE_TOLERANCE, _STEP_TOLERANCE)


def _bfgs(max_steps: int) -> optx.AbstractMinimiser:
    return optx.BFGS(_RELATIVE_TOLERANCE, _STEP_TOLERANCE)


def _levenberg_marquardt(max_steps: int) -> optx.AbstractLeastSquaresSolver:
    return optx.LevenbergMarquardt(_RELATIVE_TOLERANCE, _STEP_TOLERANCE)


METHODS: dict[str, Callable[[int], object]] = {
    "levenberg-marquardt": _levenberg_marquardt,
    "bfgs": _bfgs,
    "adam": _adam,
}
"""Least squares with the exact Jacobian; quasi-Newton; first-order descent (optax)."""
