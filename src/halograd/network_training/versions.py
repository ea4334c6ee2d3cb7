"""The versions of what computes: other ones need not give the same bits."""

from importlib.metadata import version

from halograd import __version__

__all__ = ["computing_versions"]

_PACKAGES = ("jax", "jaxlib", "optax")


def computing_versions() -> dict[str, str]:
    """Of halograd and of the packages that compute, by name."""
    return {"halograd": __version__} | {name: version(name) for name in _PACKAGES}
