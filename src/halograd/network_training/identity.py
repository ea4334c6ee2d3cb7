"""What a file of a training belongs to: settings, draws, and versions of what computes."""

from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

from halograd import __version__
from halograd.errors import HalogradError

__all__ = ["check_identity", "computing_versions"]


Identity = Mapping[str, Mapping[str, Any]]
_PACKAGES = ("jax", "jaxlib", "optax")


def check_identity(path: object, found: Identity, wanted: Identity) -> None:
    """Raise unless two identities agree, naming the first entry that does not.

    Args:
        path: The file, for the message.
        found: Groups of entries as the file has them.
        wanted: The same as they are now.
    """
    for group, entries in wanted.items():
        there = found.get(group, {})
        for name in sorted({*entries, *there}):
            if there.get(name) != entries.get(name):
                raise HalogradError(
                    f"{path} belongs to another training: {group}: {name} is "
                    f"{there.get(name)} in it and {entries.get(name)} now; start over with "
                    "--fresh, take another --out, or go back to what it was"
                )


def computing_versions() -> dict[str, str]:
    """Versions of halograd and of the packages that compute, by name."""
    return {"halograd": __version__} | {name: version(name) for name in _PACKAGES}
