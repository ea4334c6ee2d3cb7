"""Trials of what halograd promises under faults: kills at any moment, and hostile input."""

import os
import tempfile
from pathlib import Path


def keep_compiled_programs() -> None:
    """Let the processes of a trial, and later trials, share what JAX compiles."""
    cache = Path(tempfile.gettempdir()) / f"halograd-trials-jax-{os.getuid()}"
    os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", str(cache))
    os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0")
