"""Derivatives of relations, and of the mass functions they give back, in every parameter."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from halograd._precision import float64
from halograd.network_training.draws import Draws
from halograd.network_training.families import draw
from halograd.network_training.recovery import COMPARED, Finder
from halograd.sham.forward import smf_from_relation
from halograd.sham.host_values import in_float64
from halograd.sham.scatter import Scatter
from halograd.sham.smf import StellarMassFunction

__all__ = ["HALO_MASSES", "Derivatives", "differentiate", "parameter_names"]

HALO_MASSES = np.linspace(11.0, 14.5, 36)  # log10 Msun/h


class Derivatives(NamedTuple):
    """Derivatives of n problems in p parameters, in float64.

    Attributes:
        error: (n, 61, p), d log10 φ/dθ returned less that asked for, at `COMPARED`. What is asked
            for does not change with the scatter.
        mean: (n, 36, p), dμ/dθ at `HALO_MASSES`, dex.
        log_mstar: (n, 36), μ there, log10 Msun.
    """

    error: np.ndarray
    mean: np.ndarray
    log_mstar: np.ndarray


def parameter_names(draws: Draws) -> tuple[str, ...]:
    """Names of the parameters of the mass function, then of the scatter. (p,)"""
    return (*(item.name for item in fields(draws.smf)), "scatter_low", "scatter_high")


def differentiate(
    find: Finder,
    draws: Draws,
    rows: Sequence[int],
    kernel_name: str,
    *,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
    threads: int = 1,
) -> Derivatives:
    """Derivatives by forward mode through `find`, a traceable function, and eq. (1)."""
    derive = eqx.filter_jit(lambda problem: _derive(find, problem, kernel_name))
    n_parameter = len(parameter_names(draws))
    found = []
    with ThreadPoolExecutor(threads) as pool:
        jobs = pool.map(lambda row: _in_float64(derive, draw(draws, row)), rows)
        for done, one in enumerate(jobs, 1):
            found.append(one)
            on_progress(done, len(rows))
    if not found:
        shapes = ((COMPARED.size, n_parameter), (HALO_MASSES.size, n_parameter), HALO_MASSES.shape)
        return Derivatives(*(np.zeros((0, *shape)) for shape in shapes))
    return Derivatives(*(np.stack(part) for part in zip(*found, strict=True)))


def _in_float64(derive: Callable, problem: Draws) -> Derivatives:
    (problem,) = in_float64((problem,))
    with float64():
        return Derivatives(*(np.asarray(part) for part in derive(problem)))


def _derive(find: Finder, problem: Draws, kernel_name: str) -> tuple[jax.Array, ...]:
    def compared(theta: jax.Array) -> tuple[tuple[jax.Array, jax.Array], jax.Array]:
        moved = _with_parameters(problem, theta)
        relation = find(moved)
        phi = smf_from_relation(COMPARED, relation, moved.scatter, moved.shmf, kernel=kernel_name)
        mean = relation(HALO_MASSES)
        return (jnp.log10(phi) - moved.smf.log_density(COMPARED), mean), mean

    slopes, mean = jax.jacfwd(compared, has_aux=True)(_parameters(problem))
    return *slopes, mean


def _parameters(problem: Draws) -> jax.Array:
    smf, scatter = problem.smf, problem.scatter
    values = [getattr(smf, item.name) for item in fields(smf)]
    return jnp.stack([*values, scatter.low, scatter.high])


def _with_parameters(problem: Draws, theta: jax.Array) -> Draws:
    smf: StellarMassFunction = type(problem.smf)(*theta[:-2])
    scatter = Scatter(theta[-2], theta[-1], problem.scatter.log_m_mid, problem.scatter.k)
    return Draws(smf, scatter, problem.shmf)
