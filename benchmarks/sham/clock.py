"""Seconds of tasks, the first call apart."""

import statistics
import time

_LIMIT = 120  # seconds of a task, after which it is not repeated


def timed(tasks, repeats, advance=lambda name: None):
    """{name: {first_s, median_s, all_s}}; the tasks take turns, so that disturbances hit all.

    Args:
        tasks: {name: function without arguments}.
        repeats: Turns of each.
        advance: Called with a name after each turn.
    """
    first = {name: _seconds(task) for name, task in tasks.items() if not advance(name)}
    times = {name: [] for name in tasks}
    for _ in range(repeats):
        for name, task in tasks.items():
            if sum(times[name]) < _LIMIT:
                times[name].append(_seconds(task))
            advance(name)
    return {
        name: {"first_s": first[name], "median_s": statistics.median(all_s), "all_s": all_s}
        for name, all_s in times.items()
    }


def _seconds(task):
    import jax

    began = time.perf_counter()
    jax.block_until_ready(task())
    return time.perf_counter() - began
