"""Least squares to the minimum, and the derivative of the minimum."""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax.scipy.linalg import solve_triangular
from jax.typing import ArrayLike

__all__ = ["Expansion", "Minimum", "implicit_solution", "minimise"]

_LEAST_DAMPING, _MOST_DAMPING = 1e-18, 1e12
_EASE, _TIGHTEN = 0.2, 2.0
_UPHILL = 1.2  # the sum of squares may rise so far above the least found
_FIRST_ORDER = 80  # steps before the curvature of r counts


class Expansion(NamedTuple):
    """A vector of residuals r(p) to second order.

    Attributes:
        residual: (n_residual,), r.
        jacobian: (n_residual, n_param), J = ∂r/∂p.
        curvature: (n_param, n_param), S = Σ_i r_i ∂²r_i/∂p∂p.
    """

    residual: jax.Array
    jacobian: jax.Array
    curvature: jax.Array


class Minimum(NamedTuple):
    """The point where |r(p)|² is least.

    Attributes:
        params: (n_param,), p at the minimum.
        expansion: r there, to second order.
        n_step: Number of steps taken.
    """

    params: jax.Array
    expansion: Expansion
    n_step: jax.Array

    def cost(self) -> jax.Array:
        """|r|², infinite before r is known."""
        known = self.n_step > 0
        return jnp.where(known, self.expansion.residual @ self.expansion.residual, jnp.inf)


class _State(NamedTuple):
    at: Minimum
    best: Minimum
    damping: jax.Array
    step_size: jax.Array


def minimise(
    expand: Callable[[jax.Array], Expansion], start: jax.Array, *, steps: int, tolerance: ArrayLike
) -> Minimum:
    """Parameters that minimise |r|², by damped Gauss–Newton steps, in the end Newton steps.

    A step may raise the sum a little: in a narrow, curved valley the next one corrects that,
    while steps that only descend would creep. A step that raises it more is refused, and the
    damping λ raised. Where JᵀJ + λ + S is not positive, S is left out. Not differentiable: see
    `implicit_solution`.

    Args:
        expand: r to second order at given parameters.
        start: (n_param,), where to start.
        steps: Number of steps after which the best parameters met are returned.
        tolerance: The largest change of a parameter in a step that counts as none.
    """

    def unfinished(state: _State) -> jax.Array:
        return (state.at.n_step < steps) & ~_stopped(state, tolerance)

    def advance(state: _State) -> _State:
        at, n_step = state.at, state.at.n_step + 1
        change = _newton_step(at.expansion, state.damping, at.n_step > _FIRST_ORDER)
        trial = at.params - change
        there = Minimum(trial, expand(trial), n_step)
        descends = there.cost() < at.cost()
        accepted = descends | (there.cost() < _UPHILL * state.best.cost())
        damping = state.damping * jnp.where(descends, _EASE, jnp.where(accepted, 1.0, _TIGHTEN))
        step_size = jnp.max(jnp.abs(change))
        return _State(
            _choose(accepted, there, at)._replace(n_step=n_step),
            _choose(there.cost() < state.best.cost(), there, state.best),
            jnp.maximum(damping, _LEAST_DAMPING),
            jnp.where(n_step == 1, jnp.inf, step_size),
        )

    # The first step does not move, and expands at the start, so that `expand` is compiled once.
    shapes = jax.eval_shape(expand, start)
    nowhere = jax.tree.map(lambda leaf: jnp.zeros(leaf.shape, leaf.dtype), shapes)
    nowhere = Minimum(start, nowhere, jnp.zeros((), jnp.int32))
    one = jnp.ones((), start.dtype)
    final = jax.lax.while_loop(unfinished, advance, _State(nowhere, nowhere, one, jnp.inf * one))
    # Of two that rounding cannot tell apart the last is nearer to where the gradient vanishes.
    slack = 1 + jnp.sqrt(jnp.finfo(start.dtype).eps)
    chosen = _choose(final.at.cost() <= slack * final.best.cost(), final.at, final.best)
    return chosen._replace(n_step=final.at.n_step)


def _stopped(state: _State, tolerance: ArrayLike) -> jax.Array:
    return (state.step_size < tolerance) | (state.damping >= _MOST_DAMPING)


def _choose(first: jax.Array, a: Minimum, b: Minimum) -> Minimum:
    return jax.tree.map(lambda a, b: jnp.where(first, a, b), a, b)


def implicit_solution(minimum: Minimum, residual: Callable[[jax.Array], jax.Array]) -> jax.Array:
    """The parameters of `minimum`, with their derivative in whatever `residual` closes over.

    At a minimum Jᵀr = 0, so that, with J = QR,

        dp = −(JᵀJ + S)⁻¹ (Jᵀ ∂r + ∂Jᵀ r) = −R⁻¹ (1 + R⁻ᵀ S R⁻¹)⁻¹ (Qᵀ ∂r + R⁻ᵀ ∂Jᵀ r)

    exactly, whether or not r vanishes; the second form does not square the condition of J. The
    part of r along the columns of J is rounding, which R⁻ᵀ would blow up: it is taken out of r.

    Args:
        minimum: The minimum that `minimise` found.
        residual: The function r, (n_param,) -> (n_residual,).
    """
    params, expansion, _ = jax.lax.stop_gradient(minimum)
    residuals, pull = jax.vjp(residual, params)
    q, r = jnp.linalg.qr(expansion.jacobian)
    across = residuals - q @ (q.T @ residuals)
    (gradient,) = pull(jax.lax.stop_gradient(across))
    d_residual, d_gradient = (x - jax.lax.stop_gradient(x) for x in (residuals, gradient))
    # The pull-back holds ∂Jᵀ r only: its cotangent does not move.
    solve = _solver(q, r, expansion.curvature)
    return params - solve(d_residual, d_gradient)


def _newton_step(expansion: Expansion, damping: jax.Array, curved: jax.Array) -> jax.Array:
    """(JᵀJ + λ + S)⁻¹ Jᵀ r, without S unless `curved`. (n_param,)"""
    n = expansion.jacobian.shape[1]
    damped, zeros = jnp.sqrt(damping) * jnp.eye(n, dtype=damping.dtype), jnp.zeros_like
    system = jnp.concatenate([expansion.jacobian, damped])
    target = jnp.concatenate([expansion.residual, zeros(damped[0])])
    curvature = jnp.where(curved, expansion.curvature, 0.0)
    return _solver(*jnp.linalg.qr(system), curvature)(target, zeros(damped[0]))


def _solver(q: jax.Array, r: jax.Array, curvature: jax.Array) -> Callable:
    """The function (a, b) -> (AᵀA + S)⁻¹ (Aᵀ a + b) for the system A = QR."""
    identity = jnp.eye(r.shape[0], dtype=r.dtype)
    inverse = solve_triangular(r, identity)
    bent = inverse.T @ curvature @ inverse
    lower = jnp.linalg.cholesky(identity + bent, symmetrize_input=False)
    lower = jnp.where(jnp.isfinite(lower).all(), lower, identity)
    middle = solve_triangular(lower, identity, lower=True)
    inverse = inverse @ middle.T

    def solve(a: jax.Array, b: jax.Array) -> jax.Array:
        return inverse @ (middle @ (q.T @ a) + inverse.T @ b)

    return solve
