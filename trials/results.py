"""What a command left in its folder, value by value, to compare two runs of it."""

import json
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import h5py
import numpy as np


def values(folder: Path) -> dict[str, str]:
    """A digest of every number, text and array in the files of a folder, by file and name.

    Pictures and pages are counted by their names alone: they hold the time of the run.
    """
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            file = str(path.relative_to(folder))
            found |= {f"{file} {name}".strip(): value for name, value in _of_file(path)}
    return found


def leftovers(folder: Path) -> list[str]:
    """Files that were never finished."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*.tmp"))


def _of_file(path: Path) -> Iterator[tuple[str, str]]:
    if path.suffix == ".json":
        yield from _of_tree(json.loads(path.read_text()))
    elif path.suffix == ".jsonl":
        yield from _of_tree([json.loads(line) for line in path.read_text().splitlines()])
    elif path.suffix in {".h5", ".hdf5", ".nc"}:
        yield from _of_hdf5(path)
    elif path.suffix == ".npz":
        with np.load(path) as arrays:
            yield from ((name, _digest(arrays[name])) for name in arrays)
    elif path.suffix in {".png", ".html"}:
        yield "", "there"
    else:
        yield "", sha256(path.read_bytes()).hexdigest()


def _of_tree(tree: Any, name: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(tree, dict | list):
        items = tree.items() if isinstance(tree, dict) else enumerate(tree)
        for key, value in items:
            yield from _of_tree(value, f"{name}/{key}")
    else:
        yield name, repr(tree)


def _of_hdf5(path: Path) -> Iterator[tuple[str, str]]:
    found = []

    def visit(name: str, node: h5py.Dataset | h5py.Group) -> None:
        if isinstance(node, h5py.Dataset):
            found.append((name, _digest(node[()])))
        found.extend((f"{name}@{key}", _digest(value)) for key, value in node.attrs.items())

    with h5py.File(path, "r") as file:
        visit("", file)
        file.visititems(visit)
    yield from found


def _digest(value: Any) -> str:
    array = np.asarray(value)
    held = array.tobytes() if array.dtype != object else repr(array.tolist()).encode()
    return sha256(f"{array.dtype} {array.shape} ".encode() + held).hexdigest()
