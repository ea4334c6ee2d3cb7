"""The mass functions that relations give back, beside those asked for."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from halograd._precision import float64
from halograd.network_training.draws import Draws
from halograd.network_training.families import draw
from halograd.network_training.forward64 import HalosByMass, returned_log_smf
from halograd.sham.host_values import in_float64

__all__ = ["COMPARED", "Finder", "Recovered", "meets", "recover"]

COMPARED = np.linspace(9.0, 12.0, 61)  # log10 Msun
_COMMONEST, _RAREST, _N_EDGE = 2.5, -20.0, 8193  # log10 n(>M) at the ends of the halos
_ROUNDING = 2e-6  # dex, that of a float32 near 12
_RMS_LIMIT, _WORST_LIMIT = 0.002, 0.01  # dex, as for `RelationQuality.converged`

Finder = Callable[[Draws], eqx.Module]


class Recovered(NamedTuple):
    """What came back for n problems.

    Attributes:
        error: (n, 61), log10 of φ returned over φ asked for at `COMPARED`.
        claimed: (n,), whether the method itself says that the SMF is met.
        in_domain: (n,), whether the method says that it is made for the problem.
        increasing: (n,), whether μ increases over 8193 halo masses, up to the rounding of
            float32.
    """

    error: np.ndarray
    claimed: np.ndarray
    in_domain: np.ndarray
    increasing: np.ndarray

    @property
    def met(self) -> np.ndarray:
        """Whether the SMF is met in truth, by an increasing relation. (n,)"""
        return meets(self.error) & self.increasing


def meets(error: np.ndarray) -> np.ndarray:
    """Whether errors are within 0.002 dex rms and 0.01 dex everywhere. (n, n_m) -> (n,)"""
    rms, worst = np.sqrt(np.mean(error**2, axis=-1)), np.abs(error).max(axis=-1)
    return (rms <= _RMS_LIMIT) & (worst <= _WORST_LIMIT)


def recover(
    find: Finder,
    draws: Draws,
    rows: Sequence[int],
    kernel_name: str,
    *,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
    threads: int = 1,
) -> Recovered:
    """The errors of the relations that `find` proposes for some of the draws.

    Args:
        find: A compiled function of a problem; the relation carries `converged` and `in_domain`
            where its method knows them.
        draws: All problems.
        rows: Which of them.
        kernel_name: "triweight" or "normal".
        on_progress: Called with the number done and the number of all.
        threads: Problems at a time.
    """
    found = []
    with ThreadPoolExecutor(threads) as pool:
        jobs = pool.map(lambda row: _one(find, draw(draws, row), kernel_name), rows)
        for done, one in enumerate(jobs, 1):
            found.append(one)
            on_progress(done, len(rows))
    if not found:
        return Recovered(np.zeros((0, COMPARED.size)), *np.zeros((3, 0), bool))
    return Recovered(*(np.stack(part) for part in zip(*found, strict=True)))


def _one(find: Finder, problem: Draws, kernel_name: str) -> Recovered:
    relation = find(problem)
    claimed = bool(getattr(relation, "converged", True))
    in_domain = bool(getattr(relation, "in_domain", True))
    halos, asked = _halos(problem, getattr(relation, "table", relation))
    error = returned_log_smf(COMPARED, halos, kernel_name) - asked
    return Recovered(error, claimed, in_domain, bool((np.diff(halos.mean) > -_ROUNDING).all()))


def _halos(problem: Draws, relation: eqx.Module) -> tuple[HalosByMass, np.ndarray]:
    inputs = in_float64((problem, relation))
    with float64():
        *halos, asked = (np.asarray(part) for part in _on_edges(*inputs))
    return HalosByMass(*halos), asked


@eqx.filter_jit
def _on_edges(problem: Draws, relation: eqx.Module) -> tuple[jax.Array, ...]:
    ends = problem.shmf.log_m_at(jnp.array([_COMMONEST, _RAREST]))
    log_m = jnp.linspace(ends[0], ends[1], _N_EDGE)
    log_n, sigma = problem.shmf.log_cumulative_density(log_m), problem.scatter(log_m)
    return log_m, log_n, relation(log_m), sigma, problem.smf.log_density(COMPARED)
