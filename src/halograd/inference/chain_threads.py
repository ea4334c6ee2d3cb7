"""Chains side by side: one thread each, as many at a time as there are cores."""

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from typing import TypeVar

import jax

from halograd.sham.host_values import float64

T = TypeVar("T")


def side_by_side(function: Callable[[int], T], n: int) -> list[T]:
    """`[function(0), ..., function(n - 1)]`, on as many threads as there are cores.

    The threads compute in the precision of the calling one. An interrupt waits for the calls
    that have begun and drops the others.
    """
    precision = _precision()

    def call(i: int) -> T:
        with precision():
            return function(i)

    if min(n, _cores()) == 1:
        return [function(i) for i in range(n)]
    pool = ThreadPoolExecutor(min(n, _cores()))
    try:
        return list(_results(pool, call, range(n)))
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _results(pool: ThreadPoolExecutor, call: Callable[[int], T], items: Iterable[int]) -> list[T]:
    futures = [pool.submit(call, i) for i in items]
    return [future.result() for future in futures]


def _precision() -> Callable[[], AbstractContextManager]:
    """JAX's context of precision belongs to a thread: what makes another one compute alike."""
    return float64 if jax.config.jax_enable_x64 else nullcontext


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
