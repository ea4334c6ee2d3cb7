"""What a table of pair counts belongs to: points, bins, nodes, versions."""

import os
from collections.abc import Mapping
from typing import Any

import numpy as np
from jax.typing import ArrayLike

from halograd._sealed import digest
from halograd._version import __version__
from halograd.errors import HalogradError
from halograd.pairs._pairs import AutoPairs
from halograd.pairs.nodes import Nodes

Identity = Mapping[str, Mapping[str, Any]]
"""Entries in the types of JSON, by group."""


def table_identity(
    pairs: AutoPairs,
    nodes: Nodes,
    properties: Mapping[str, ArrayLike],
    profiles: ArrayLike | None = None,
) -> Identity:
    """What a table of these arguments of `tabulate` belongs to, for `PairTable.load`."""
    columns = {name: np.asarray(properties[name]) for name in sorted(properties)}
    return {
        "halos": {
            "number": pairs.n_points,
            "positions": pairs.fingerprint.tobytes().hex(),
            "properties": digest(columns),
            "profiles": None if profiles is None else digest({"profiles": np.asarray(profiles)}),
        },
        "box": {
            "boxsize": None if pairs.boxsize is None else np.asarray(pairs.boxsize).tolist(),
            "periodic": list(pairs.periodic),
            "line_of_sight": pairs.line_of_sight,
        },
        "bins": pairs.geometry.described(),
        "nodes": nodes.described(),
        "version": {"halograd": __version__},
    }


def check_identity(path: str | os.PathLike[str], found: Identity, wanted: Identity) -> None:
    """Raise unless two identities agree, naming the first entry that does not.

    Args:
        path: The file, for the message.
        found: As the file has it.
        wanted: As it should be.

    Raises:
        HalogradError: Which group and entry differ, and what to do.
    """
    for group, entries in wanted.items():
        there = found.get(group, {})
        for name in sorted({*entries, *there}):
            if there.get(name) != entries.get(name):
                raise HalogradError(
                    f"{path} belongs to other {group}: {name} is {_short(there.get(name))} in it "
                    f"and {_short(entries.get(name))} was expected; remove the file to count "
                    "anew, or take another path"
                )


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 60 else f"{text[:40]}...{text[-12:]}"
