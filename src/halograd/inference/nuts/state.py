"""Where a sampling stands: every chain, its coordinates, and all steps so far."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from halograd._precision import thread_map
from halograd.inference.nuts.kernel import (
    ChainState,
    Coordinates,
    Plan,
    Trace,
    advance,
    begin,
)
from halograd.inference.nuts.settings import SampleSettings
from halograd.inference.nuts.warmup import common_step_size, metric_updates, pooled_root
from halograd.inference.posterior import LogDensity


class SamplerState(NamedTuple):
    """All that is needed to go on sampling.

    Attributes:
        coordinates: Whitened coordinates, shared by all chains.
        chains: State of each chain.
        trace: Arrays (n_chain, n_step, ...) of all steps so far, warm-up first.
    """

    coordinates: Coordinates
    chains: tuple[ChainState, ...]
    trace: Trace

    @property
    def n_step(self) -> int:
        """Number of steps that each chain has taken."""
        return self.trace.energy.shape[1]


def first_state(
    log_density: LogDensity, coordinates: Coordinates, positions: np.ndarray
) -> SamplerState:
    """The state before the first step, at positions z (n_chain, n_free)."""
    chains = tuple(begin(log_density, coordinates, z) for z in jnp.asarray(positions))
    n_chain, n_free = positions.shape
    dtype = coordinates.centre.dtype
    number, whole = np.zeros((n_chain, 0), dtype), np.zeros((n_chain, 0), np.int32)
    nothing = Trace(
        u=np.zeros((n_chain, 0, n_free), dtype),
        log_density=number,
        energy=number,
        acceptance=number,
        step_size=number,
        evaluations=whole,
        tree_depth=whole,
        divergent=np.zeros((n_chain, 0), bool),
    )
    return SamplerState(coordinates, chains, nothing)


def take_steps(
    log_density: LogDensity, state: SamplerState, settings: SampleSettings, n_step: int
) -> SamplerState:
    """`n_step` steps of every chain, each in a thread of its own; 0 compiles the program.

    The steps must not cross the end of a window or of the warm-up: `next_stop` tells.
    """
    plan = Plan(
        first=jnp.int32(state.n_step),
        n_step=jnp.int32(n_step),
        is_warmup=jnp.asarray(state.n_step < settings.n_warmup),
        target=jnp.asarray(settings.target_acceptance, state.coordinates.centre.dtype),
    )
    keys = jax.random.split(jax.random.key(settings.seed), settings.n_chain)

    def one_chain(i: int) -> tuple[ChainState, Trace]:
        chain, trace = advance(log_density, state.coordinates, state.chains[i], keys[i], plan)
        return chain, jax.tree.map(lambda column: np.asarray(column)[:n_step], trace)

    chains, traces = zip(*thread_map(one_chain, len(state.chains)), strict=True)
    new = jax.tree.map(lambda *columns: np.stack(columns), *traces)
    trace = jax.tree.map(lambda old, more: np.concatenate([old, more], axis=1), state.trace, new)
    return _adapted(log_density, SamplerState(state.coordinates, chains, trace), settings)


def next_stop(n_step: int, settings: SampleSettings, check_every: int) -> int:
    """Number of steps after which the chains are next adapted, or their convergence judged."""
    ends = [end for _, end in metric_updates(settings.n_warmup)] + [settings.n_warmup]
    for end in ends:
        if n_step < end:
            return end
    draws = n_step - settings.n_warmup
    checked = (draws // check_every + 1) * check_every
    return settings.n_warmup + min(checked, settings.n_draw)


def _adapted(
    log_density: LogDensity, state: SamplerState, settings: SampleSettings
) -> SamplerState:
    """The state with new coordinates at the end of a window, and one step size at the last."""
    for window in metric_updates(settings.n_warmup):
        if state.n_step == window[1]:
            return _recentred(log_density, state, window)
    if state.n_step == settings.n_warmup:
        return state._replace(chains=_with_common_step_size(state, settings))
    return state


def _recentred(
    log_density: LogDensity, state: SamplerState, window: tuple[int, int]
) -> SamplerState:
    """The state in coordinates whitened by the draws of a window, of all chains together."""
    n_free = state.trace.u.shape[-1]
    draws = state.trace.u[:, slice(*window)].reshape(-1, n_free).astype(np.float64)
    root = pooled_root(draws, np.asarray(state.coordinates.scale, np.float64))
    dtype = state.coordinates.centre.dtype
    new = Coordinates(jnp.asarray(draws.mean(axis=0), dtype), jnp.asarray(root, dtype))
    positions = new.z(state.trace.u[:, -1])
    chains = tuple(begin(log_density, new, jnp.asarray(z, dtype)) for z in positions)
    return SamplerState(new, chains, state.trace)


def _with_common_step_size(state: SamplerState, settings: SampleSettings) -> tuple[ChainState, ...]:
    """One step size for all chains, from the steps since the last change of coordinates."""
    last = metric_updates(settings.n_warmup)[-1][1]
    tried, met = (
        np.asarray(column[:, last:], np.float64)
        for column in (state.trace.step_size, state.trace.acceptance)
    )
    log_size = common_step_size(np.log(tried), met, settings.target_acceptance)
    size = jnp.asarray(log_size, state.coordinates.centre.dtype)
    return tuple(
        chain._replace(step_size=chain.step_size._replace(log_step_size_avg=size))
        for chain in state.chains
    )
