"""The precision JAX computes in: float64 on demand, and the caller's own in every thread."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from typing import TypeVar

import jax
import jax.experimental

__all__ = ["float64", "thread_map"]

T = TypeVar("T")


def float64() -> AbstractContextManager:
    """A context in which JAX computes in float64, whatever its setting."""
    # JAX 0.7 has it under another name, which later versions warn of.
    if hasattr(jax, "enable_x64"):
        return jax.enable_x64(True)
    return jax.experimental.enable_x64()


def thread_map(function: Callable[[int], T], n: int) -> list[T]:
    """`[function(0), ..., function(n - 1)]`, on as many threads as there are cores.

    The threads compute in the precision of the calling one. An interrupt waits for the calls
    that have begun and drops the others.
    """
    n_thread = min(n, _cores())
    if n_thread == 1:
        return [function(i) for i in range(n)]
    # JAX keeps its precision per thread, so that a new thread would fall back to the default.
    precision = float64 if jax.config.jax_enable_x64 else nullcontext

    def call(i: int) -> T:
        with precision():
            return function(i)

    pool = ThreadPoolExecutor(n_thread)
    try:
        futures = [pool.submit(call, i) for i in range(n)]
        return [future.result() for future in futures]
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
