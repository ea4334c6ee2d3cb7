"""Which engine counts: the compiled one, or plain JAX."""

import warnings
from functools import cache

import jax

from halograd import _checks
from halograd.errors import HalogradError

BACKENDS = ("auto", "native", "reference")


def choose(backend: str) -> str:
    """The engine that `backend` stands for, "native" or "reference"."""
    if backend not in BACKENDS:
        raise HalogradError(
            f"backend must be one of {', '.join(BACKENDS)}, got {backend!r}"
            f"{_checks.nearest(backend, BACKENDS)}"
        )
    if backend == "auto" and jax.default_backend() != "cpu":
        return "reference"  # which XLA compiles for the accelerator
    if backend == "reference" or native_available():
        return "reference" if backend == "reference" else "native"
    if backend == "native":
        raise HalogradError(
            "backend='native' needs the compiled pair engine, which is not installed, or of another"
            " version: install a C++ compiler and reinstall halograd, or use backend='reference'"
        )
    _warn_of_reference()
    return "reference"


def native_available() -> bool:
    """Whether the compiled engine is installed and loads."""
    try:
        from halograd.pairs import _native
    except ImportError:
        return False
    return _native.available()


@cache
def _warn_of_reference() -> None:
    warnings.warn(
        "halograd's compiled pair engine was not found, or is of another version: pair counts run "
        "in plain JAX, several times slower. Install a C++ compiler and reinstall halograd; "
        "backend='reference' says that plain JAX is meant, and silences this warning",
        RuntimeWarning,
        stacklevel=2,
    )
