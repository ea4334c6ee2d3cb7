"""The codes that are measured, one module each, behind one shape.

A contender is made for one problem and one number of threads. `task(case)` returns a function
without arguments that does the work once and returns what it computed; `version()` says what
was measured; one that does not `compiles_ahead` is first run on a small problem. A case that a
code cannot do raises `CannotDo` with the reason.
"""

from importlib import import_module

MODULES = {
    "halograd": "ours",
    "Corrfunc": "corrfunc",
    "halotools": "halotools",
    "shamnet": "shamnet",
}


def load(name):
    """The Contender class of a code; ImportError where that code is not installed."""
    return import_module(f"{__name__}.{MODULES[name]}").Contender
