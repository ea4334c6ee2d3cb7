"""Draws from a posterior, and the statistics that say whether to trust them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from halograd.inference.diagnostics import Convergence, bfmi, convergence

MAX_DOUBLINGS = 10
"""A trajectory has at most 2^10 - 1 evaluations."""


@dataclass(frozen=True, eq=False)
class Chains:
    """Draws of all chains after the warm-up.

    Attributes:
        names: Names of the free parameters, in the order of `u`. (n_free,)
        u: (n_chain, n_draw, n_free), unbounded coordinates.
        theta: Every parameter that varies, free and tied, by name: (n_chain, n_draw).
        log_density: (n_chain, n_draw), log of the density in u, up to a constant.
        energy: (n_chain, n_draw), minus log density plus kinetic energy.
        divergent: (n_chain, n_draw), whether the integration of a trajectory failed.
        tree_depth: (n_chain, n_draw), doublings of a trajectory, at most `MAX_DOUBLINGS`.
        acceptance: (n_chain, n_draw), mean probability of acceptance along a trajectory.
        step_size: (n_chain, n_draw), length of a leapfrog step, in whitened coordinates.
        evaluations: (n_chain, n_draw), evaluations of density and gradient in a trajectory.
        warmup_evaluations: Evaluations before the first draw, in all chains together.
        target_ess: Effective draws that were asked for.
    """

    names: tuple[str, ...]
    u: np.ndarray
    theta: Mapping[str, np.ndarray]
    log_density: np.ndarray
    energy: np.ndarray
    divergent: np.ndarray
    tree_depth: np.ndarray
    acceptance: np.ndarray
    step_size: np.ndarray
    evaluations: np.ndarray
    warmup_evaluations: int
    target_ess: float

    @property
    def n_draw(self) -> int:
        """Number of draws of each chain."""
        return self.u.shape[1]

    @property
    def convergence(self) -> Convergence | None:
        """R-hat and effective sample sizes; None for a handful of draws."""
        return convergence(self.u)

    @property
    def converged(self) -> bool:
        """Whether R-hat is below 1.01 and the target of effective draws is met everywhere."""
        found = self.convergence
        return found is not None and found.reached(min(self.target_ess, 1e300))

    @property
    def n_divergent(self) -> int:
        """Number of divergent transitions."""
        return int(self.divergent.sum())

    @property
    def n_deepest(self) -> int:
        """Number of transitions cut short at the greatest length of a trajectory."""
        return int((self.tree_depth >= MAX_DOUBLINGS).sum())

    @property
    def bfmi(self) -> np.ndarray:
        """Bayesian fraction of missing information of each chain. (n_chain,)"""
        return bfmi(self.energy.astype(np.float64))

    @property
    def total_evaluations(self) -> int:
        """Evaluations of density and gradient in all chains, warm-up included."""
        return self.warmup_evaluations + int(self.evaluations.sum())

    @property
    def flat(self) -> dict[str, np.ndarray]:
        """The draws of all chains one after the other, by name: (n_chain * n_draw,)."""
        return {name: values.ravel() for name, values in self.theta.items()}

    def thinned(self, n: int) -> tuple[np.ndarray, np.ndarray]:
        """`n` draws of each chain at equal distances: their numbers, and u (n_chain, n, n_free)."""
        kept = np.unique(np.linspace(0, self.n_draw - 1, min(n, self.n_draw)).round().astype(int))
        return kept, self.u[:, kept]


def varying_theta(log_density: Callable[..., Any], u: np.ndarray) -> dict[str, np.ndarray]:
    """The parameters at draws u (n_chain, n_draw, n_free), without those that never change.

    The coordinates of a density without named parameters are called u0, u1, ...
    """
    names = free_names(log_density, u.shape[-1])
    if not hasattr(log_density, "theta"):
        return {name: u[..., i] for i, name in enumerate(names)}
    moved = jax.vmap(jax.vmap(log_density.theta))(jnp.asarray(u))
    moved = {name: np.asarray(values) for name, values in moved.items()}
    tied = [n for n, v in moved.items() if n not in names and v.size and np.ptp(v) > 0]
    return {name: moved[name] for name in (*names, *tied)}


def free_names(log_density: Callable[..., Any], n_free: int) -> tuple[str, ...]:
    """Names of the coordinates of a density."""
    if hasattr(log_density, "space"):
        return tuple(p.name for p in log_density.space.free)
    return tuple(f"u{i}" for i in range(n_free))
