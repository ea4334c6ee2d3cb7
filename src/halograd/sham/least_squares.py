"""Damped least squares with a fixed number of steps, and the derivative of its solution."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jax.scipy.linalg import solve_triangular

__all__ = ["implicit_solution", "minimise"]

Residual = Callable[[jax.Array], jax.Array]

_FIRST_DAMPING, _LEAST_DAMPING, _MOST_DAMPING = 1.0, 1e-7, 1e5
_DAMPING_STEP = 4.0


def minimise(residual: Residual, jacobian: Residual, start: jax.Array, *, steps: int) -> jax.Array:
    """Parameters that make the sum of squared residuals small, by Levenberg–Marquardt.

    A step that does not lower the sum is refused and the damping raised. The number of steps is
    fixed, so the work does not depend on the values. Not differentiable (see
    `implicit_solution`).

    Args:
        residual: (n_param,) -> (n_residual,).
        jacobian: (n_param,) -> (n_residual, n_param), its derivative.
        start: (n_param,), where to start.
        steps: Number of steps.
    """

    def step(state: tuple, _: None) -> tuple[tuple, None]:
        params, residuals, damping = state
        root = jnp.sqrt(damping) * jnp.eye(params.size, dtype=params.dtype)
        system = jnp.concatenate([jacobian(params), root])
        target = jnp.concatenate([residuals, jnp.zeros_like(params)])
        trial = params - _least_squares(system, target)
        trial_residuals = residual(trial)
        better = trial_residuals @ trial_residuals < residuals @ residuals
        damping = damping * jnp.where(better, 1 / _DAMPING_STEP, _DAMPING_STEP)
        damping = jnp.clip(damping, _LEAST_DAMPING, _MOST_DAMPING)
        params = jnp.where(better, trial, params)
        return (params, jnp.where(better, trial_residuals, residuals), damping), None

    damping = jnp.asarray(_FIRST_DAMPING, start.dtype)
    state, _ = jax.lax.scan(step, (start, residual(start), damping), length=steps)
    return state[0]


def implicit_solution(params: jax.Array, residual: Residual, jacobian: jax.Array) -> jax.Array:
    """`params` themselves, with their derivative in whatever `residual` closes over.

    At a minimum Jᵀr = 0, so that dp = −J⁺ ∂r, up to the curvature of r times r itself.

    Args:
        params: (n_param,), a minimum.
        residual: (n_param,) -> (n_residual,).
        jacobian: (n_residual, n_param), its derivative at the minimum, of full rank.
    """
    params, jacobian = jax.lax.stop_gradient((params, jacobian))
    residuals = residual(params)
    change = residuals - jax.lax.stop_gradient(residuals)
    return params - _least_squares(jacobian, change)


def _least_squares(system: jax.Array, target: jax.Array) -> jax.Array:
    q, r = jnp.linalg.qr(system)
    return solve_triangular(r, q.T @ target)
