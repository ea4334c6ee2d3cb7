"""One chain of the No-U-Turn sampler, advanced by a compiled program of many steps."""

from collections.abc import Callable
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from halograd.inference.chains import MAX_DOUBLINGS
from halograd.inference.posterior import LogDensity

MAX_STEPS = 128
"""Most steps of one call of `advance`."""


class Coordinates(NamedTuple):
    """u = centre + scale z, where the density in z is nearly a unit normal.

    Attributes:
        centre: (n_free,), u at the origin of z.
        scale: (n_free, n_free), a root of the covariance of u.
    """

    centre: jax.Array
    scale: jax.Array

    def u(self, z: jax.Array) -> jax.Array:
        """The unbounded parameters u at z: (n_free,) -> (n_free,)."""
        return self.centre + self.scale @ z

    def z(self, u: np.ndarray) -> np.ndarray:
        """The whitened coordinates z of u, in float64 on the host: (..., n_free), same shape."""
        apart = np.asarray(u, np.float64) - np.asarray(self.centre, np.float64)
        return np.linalg.solve(np.asarray(self.scale, np.float64), apart[..., None])[..., 0]


class ChainState(NamedTuple):
    """Position of a chain, and the state of its step-size adaptation.

    Attributes:
        position: (n_free,), whitened coordinates z.
        log_density: Log density at the position.
        gradient: (n_free,), gradient of the log density in z.
        step_size: State of the dual averaging: five numbers.
    """

    position: jax.Array
    log_density: jax.Array
    gradient: jax.Array
    step_size: Any


class Trace(NamedTuple):
    """Record of every step: where it ended and how it got there.

    Attributes:
        u: (n_step, n_free), position after the step.
        log_density: (n_step,), log density there, up to a constant.
        energy: (n_step,), minus log density plus kinetic energy.
        acceptance: (n_step,), mean probability of acceptance over the trajectory.
        step_size: (n_step,), length of a leapfrog step in z.
        evaluations: (n_step,), evaluations of the density with its gradient.
        tree_depth: (n_step,), doublings of the trajectory.
        divergent: (n_step,), whether the integration failed.
    """

    u: jax.Array
    log_density: jax.Array
    energy: jax.Array
    acceptance: jax.Array
    step_size: jax.Array
    evaluations: jax.Array
    tree_depth: jax.Array
    divergent: jax.Array


@eqx.filter_jit
def begin(log_density: LogDensity, coordinates: Coordinates, position: jax.Array) -> ChainState:
    """The state of a chain at z, its step size at the guess for a unit normal density."""
    value, gradient = jax.value_and_grad(_in_z(log_density, coordinates))(position)
    guess = jnp.asarray(position.size**-0.25, position.dtype)
    return _plain(ChainState(position, value, gradient, _dual_averaging(0.8)[0](guess)), position)


@eqx.filter_jit
def advance(
    log_density: LogDensity,
    coordinates: Coordinates,
    state: ChainState,
    key: jax.Array,
    plan: "Plan",
) -> tuple[ChainState, Trace]:
    """Take `plan.n_step` steps of NUTS with a unit mass matrix in z.

    Multinomial NUTS (Hoffman & Gelman 2014, Betancourt 2017) from blackjax. Each step has a key
    of its own, folded from its number, so that any division into calls gives the same bits.

    Returns:
        The state after the last step, and the trace, of `MAX_STEPS` rows of which the first
        `n_step` are filled.
    """
    density, update = _in_z(log_density, coordinates), _dual_averaging(plan.target)[1]
    kernel = _nuts()

    def step(i: jax.Array, carry: tuple[ChainState, Trace]) -> tuple[ChainState, Trace]:
        state, trace = carry
        log_sizes = state.step_size[:2]  # that of the moment, and the averaged one
        size = jnp.exp(jnp.where(plan.is_warmup, *log_sizes))
        moved, info = kernel(_key(key, plan, i), state[:3], density, size)
        adapted = jax.tree.map(
            lambda new, old: jnp.where(plan.is_warmup, new, old),
            update(state.step_size, info.acceptance_rate),
            state.step_size,
        )
        row = _row(coordinates, moved, info, size)
        trace = jax.tree.map(lambda column, value: column.at[i].set(value), trace, row)
        return _plain(ChainState(*moved, adapted), moved[0]), trace

    return jax.lax.fori_loop(0, plan.n_step, step, (state, _empty_trace(state.position)))


class Plan(NamedTuple):
    """Steps for one call of `advance`, as numbers, so that one compiled program serves all.

    Attributes:
        first: Number, in the chain, of the first step to take.
        n_step: Number of steps, `MAX_STEPS` at most.
        is_warmup: Whether the step size adapts.
        target: Mean acceptance that the step size is adapted to.
    """

    first: jax.Array
    n_step: jax.Array
    is_warmup: jax.Array
    target: jax.Array


def _in_z(log_density: LogDensity, coordinates: Coordinates) -> LogDensity:
    return lambda z: log_density(coordinates.u(z))


def _key(key: jax.Array, plan: Plan, i: jax.Array) -> jax.Array:
    return jax.random.fold_in(key, plan.first + i)


def _nuts() -> Callable:
    from blackjax.mcmc import hmc, nuts

    kernel = nuts.build_kernel()

    def step(
        key: jax.Array, state: tuple, density: LogDensity, size: jax.Array
    ) -> tuple[tuple, Any]:
        unit = jnp.ones_like(state[0])
        return kernel(key, hmc.HMCState(*state), density, size, unit, MAX_DOUBLINGS)

    return step


def _dual_averaging(target: jax.Array | float) -> tuple[Callable, Callable]:
    from blackjax.adaptation.step_size import dual_averaging_adaptation

    return dual_averaging_adaptation(target)[:2]


def _row(coordinates: Coordinates, moved: Any, info: Any, size: jax.Array) -> Trace:
    return Trace(
        u=coordinates.u(moved.position),
        log_density=moved.logdensity,
        energy=info.energy,
        acceptance=info.acceptance_rate,
        step_size=size,
        evaluations=info.num_integration_steps,
        tree_depth=info.num_trajectory_expansions,
        divergent=info.is_divergent,
    )


def _empty_trace(position: jax.Array) -> Trace:
    number = jnp.zeros(MAX_STEPS, position.dtype)
    whole = jnp.zeros(MAX_STEPS, jnp.int32)
    return Trace(
        u=jnp.zeros((MAX_STEPS, position.size), position.dtype),
        log_density=number,
        energy=number,
        acceptance=number,
        step_size=number,
        evaluations=whole,
        tree_depth=whole,
        divergent=jnp.zeros(MAX_STEPS, bool),
    )


def _plain(state: ChainState, like: jax.Array) -> ChainState:
    """The state in one floating type and without weak types, as a loop needs it."""

    def fixed(leaf: jax.Array) -> jax.Array:
        leaf = jnp.asarray(leaf)
        is_whole = jnp.issubdtype(leaf.dtype, jnp.integer)
        return jax.lax.convert_element_type(leaf, jnp.int32 if is_whole else like.dtype)

    return jax.tree.map(fixed, state)
