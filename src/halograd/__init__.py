"""halograd: exact, differentiable predictions of large-scale structure from simulated halos."""

from importlib import import_module
from types import ModuleType

from halograd._version import __version__
from halograd.errors import CatalogError, ConfigError, DataError, HalogradError

_PACKAGES = (
    "catalogs",
    "inference",
    "models",
    "observations",
    "pairs",
    "report",
    "sham",
    "stats",
    "tracers",
)

__all__ = [
    "CatalogError",
    "ConfigError",
    "DataError",
    "HalogradError",
    "__version__",
    *_PACKAGES,
]


def __getattr__(name: str) -> ModuleType:
    """Load a package on first use, so that the command line answers at once."""
    if name in _PACKAGES:
        return import_module(f"halograd.{name}")
    raise AttributeError(f"module 'halograd' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_PACKAGES})
