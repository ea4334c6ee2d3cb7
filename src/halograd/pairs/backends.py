"""Pair engines by name: what each has to offer, and which one counts.

An engine is a `Backend`, and what it prepares is a `Plan`. Those built in are "native", compiled
C++ on CPUs, and "reference", plain JAX on any device. An installed package adds one by an entry
point of the group "halograd.pair_backends", a program by `registry.register(name, MyBackend)`;
either is then asked for as `ProjectedPairs(..., backend=name)`, and tests/pairs/test_conformance.py
is what it has to pass.
"""

import os
import warnings
from abc import ABC, abstractmethod
from functools import cache
from typing import Any, ClassVar, Protocol, Self, runtime_checkable

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike

from halograd import _checks
from halograd._summation import tree_sum
from halograd.errors import HalogradError
from halograd.pairs._box import Box
from halograd.pairs.geometry import Geometry
from halograd.plugins import Registry


@runtime_checkable
class Plan(Protocol):
    """What does not depend on weights, for the pairs of a first set of points with a second.

    A pytree of arrays (an `equinox.Module`, for example), so that it goes through `jax.jit`. Its
    three sums are JAX functions of weights (n, n_sample), float32 or float64, which also gives
    the precision; linear in each argument, the pair of each point with itself included. They need
    no derivative rules of their own: those of halograd take derivatives of any order from the
    same three, `vmap` from a longer sample axis. Under `jax.shard_map` they see one part of it.

    Attributes:
        n_points: Numbers of points of the two sets.
        n_bin: Number of bins, the product of `Geometry.shape`.
        platforms: Of JAX, where the plan can be counted on, such as ("cpu",); None for all.

    Two more methods are optional: `table(nodes, coefficients, n_node)`, pair counts between nodes
    in one pass, which returns a `TableCounts` or None where it cannot, and
    `per_point_transpose(cotangent)`, (n1, n_sample, n_bin) -> (n2, n_sample), without which the
    gradient of the sums around points takes a pass for every bin.
    """

    n_points: tuple[int, int]
    n_bin: int
    platforms: tuple[str, ...] | None

    def per_point(self, second: jax.Array) -> jax.Array:
        """S_i = sum_j w_j [ij in bin]: (n2, n_sample) -> (n1, n_sample, n_bin)."""

    def totals(self, first: jax.Array, second: jax.Array) -> jax.Array:
        """sum_i first_i S_i(second): (n1, n_sample), (n2, n_sample) -> (n_sample, n_bin)."""

    def contracted(self, second: jax.Array, cotangent: jax.Array) -> jax.Array:
        """sum_b c_b S_ib(second): (n2, n_sample), (n_sample, n_bin) -> (n1, n_sample)."""

    def swapped(self) -> Self:
        """The plan with the two sets in each other's place."""


class SumsAroundPoints(eqx.Module):
    """A base for plans, on any platform, that gives the other two sums from `per_point`."""

    platforms = None

    def per_point(self, second: jax.Array) -> jax.Array:
        """S_i = sum_j w_j [ij in bin]: (n2, n_sample) -> (n1, n_sample, n_bin)."""
        raise NotImplementedError

    def totals(self, first: jax.Array, second: jax.Array) -> jax.Array:
        """sum_i first_i S_i(second): (n1, n_sample), (n2, n_sample) -> (n_sample, n_bin)."""
        return tree_sum(first[..., None] * self.per_point(second))

    def contracted(self, second: jax.Array, cotangent: jax.Array) -> jax.Array:
        """sum_b c_b S_ib(second): (n2, n_sample), (n_sample, n_bin) -> (n1, n_sample)."""
        return jnp.sum(cotangent * self.per_point(second), axis=-1)


class Backend(ABC):
    """An engine that counts pairs.

    The class attributes are claims, which the conformance suite holds every engine to.
    """

    name: ClassVar[str]
    """What it is asked for by."""
    exact_float32_bins: ClassVar[bool] = False
    """Whether, with float32 weights too, every pair is in its bin of float64 arithmetic."""
    threads_keep_bits: ClassVar[bool] = False
    """Whether results have the same bits for any number of `threads`."""

    def missing(self) -> str | None:
        """Why the engine cannot be used here, as the end of a sentence, or None if it can."""
        return None

    def runs_on(self, platform: str) -> bool:
        """Whether it counts on a platform of JAX, such as "cpu" or "gpu"."""
        return True

    def counts_in(self, geometry: Geometry) -> bool:
        """Whether it knows how to count in this kind of bins."""
        return True

    @abstractmethod
    def prepare(
        self,
        first: np.ndarray,
        second: np.ndarray,
        box: Box,
        geometry: Geometry,
        threads: int | None,
    ) -> Plan:
        """The plan for two point sets.

        Args:
            first: (n1, 3), float64, comoving Mpc/h, the line of sight third.
            second: (n2, 3), likewise; the same array for pairs within one set.
            box: A box periodic along every axis, larger than the points along open axes.
            geometry: The bins.
            threads: How many threads to use at most, or None.
        """


def _check(thing: Any) -> None:
    if not (isinstance(thing, type) and issubclass(thing, Backend)):
        raise HalogradError(
            f"a pair backend must be a subclass of {Backend.__name__}, got {thing!r}"
        )


registry = Registry(
    "pair backend",
    "halograd.pair_backends",
    {
        "native": "halograd.pairs._native:NativeBackend",
        "reference": "halograd.pairs._reference:ReferenceBackend",
    },
    check=_check,
)


def choose(backend: str, geometry: Geometry, platform: str) -> Backend:
    """The engine that `backend` stands for.

    Args:
        backend: A name, or "auto": the native engine for what it can count where it is installed,
            else the reference. An engine of another package is taken only by its name, so that
            installing one changes no result.
        geometry: The bins.
        platform: Where the counts will run.

    Raises:
        HalogradError: For an unknown name, or an engine that cannot do this or is missing.
    """
    if backend == "auto":
        return _automatic(geometry, platform)
    if backend not in registry:
        names = ("auto", *registry.names)
        raise HalogradError(
            f"backend must be one of {', '.join(names)}, got {backend!r}"
            f"{_checks.nearest(backend, names)}"
        )
    engine = registry[backend]()
    reason = engine.missing()
    if reason is None and not engine.counts_in(geometry):
        reason = f"does not count in bins of {geometry.kind} as {type(geometry).__name__} has them"
    if reason:
        raise HalogradError(f"backend={backend!r} {reason}, or use backend='reference'")
    return engine


def _automatic(geometry: Geometry, platform: str) -> Backend:
    native = registry["native"]()
    if native.runs_on(platform) and native.counts_in(geometry):
        if native.missing() is None:
            return native
        _warn_of_reference()
    return registry["reference"]()  # which XLA compiles for any platform


def native_available() -> bool:
    """Whether the compiled engine is installed and loads."""
    return registry["native"]().missing() is None


def platform_of(*positions: ArrayLike | None) -> str:
    """The platform of the device that holds the positions, or of JAX's default device."""
    for points in positions:
        if isinstance(points, jax.Array) and _checks.is_concrete(points):
            return next(iter(points.devices())).platform
    device = jax.config.jax_default_device
    if device is None:
        return jax.default_backend()
    return device if isinstance(device, str) else device.platform


@cache
def _warn_of_reference() -> None:
    warnings.warn(
        "halograd's compiled pair engine was not found, or is of another version: pair counts run "
        "in plain JAX, several times slower. Install a C++ compiler and reinstall halograd; "
        "backend='reference' says that plain JAX is meant, and silences this warning",
        RuntimeWarning,
        stacklevel=2,
    )


# JAX's threads do not survive a fork: a child of a process that has counted would wait for them.

_has_counted = _is_forked = False


def check_process() -> None:
    """Note that this process counts pairs; raise in a fork of one that did, which would hang.

    Raises:
        HalogradError: Says how to start the process instead.
    """
    global _has_counted
    if _is_forked:
        raise HalogradError(
            "this process was forked from one that had counted pairs, and JAX's threads do not "
            'survive a fork: start it with multiprocessing.get_context("spawn"), or '
            'ProcessPoolExecutor(mp_context=multiprocessing.get_context("spawn"))'
        )
    _has_counted = True


def _after_fork() -> None:
    global _is_forked
    _is_forked = _has_counted


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
