"""halograd's own file: a catalogue in HDF5, complete and unchanged."""

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

import numpy as np

from halograd._atomic import atomic_write
from halograd.catalogs._reading import reading
from halograd.catalogs.analytic_matter import AnalyticMatter
from halograd.catalogs.halo_catalog import PER_HALO, HaloCatalog
from halograd.catalogs.hdf5_column import attribute
from halograd.catalogs.particles import Particles
from halograd.errors import CatalogError
from halograd.theory.cosmology import Cosmology

if TYPE_CHECKING:
    import h5py

FORMAT = "halograd-halos"
VERSION = 1

_COLUMNS = ("boxsize", *PER_HALO)
_PARTICLE_COLUMNS = ("positions", "masses", "boxsize")


def save_halos(halos: HaloCatalog, path: str | os.PathLike[str]) -> None:
    """Write `halos` to `path`, which appears complete or not at all.

    Arrays are datasets (`extra/` and `particles/` are groups), each with its own SHA-256, and
    everything else is JSON in the dataset `metadata`; the attribute `checksum`, written last,
    seals them all.

    Raises:
        CatalogError: Where an extra column has a type HDF5 cannot hold, or the file cannot be
            written.
    """
    import h5py

    try:
        with atomic_write(path) as temporary, h5py.File(temporary, "w") as file:
            file.attrs["format"] = np.bytes_(FORMAT)
            file.attrs["version"] = VERSION
            # Columns come back in the order they had, not in alphabetical order.
            file.create_group("extra", track_order=True)
            for name, values in _arrays(halos):
                _write(file, name, values)
            file["metadata"] = np.bytes_(_metadata(halos))
            file.attrs["checksum"] = np.bytes_(_seal(file))
    except OSError as cause:
        raise CatalogError(f"{path}: cannot be written: {cause}") from cause


def read_halos(path: Path, *, particles: bool = True) -> HaloCatalog:
    """The catalogue in `path`, equal in every bit to the one saved.

    Args:
        path: A file written by `save_halos`.
        particles: Whether to keep the particles, where the file has them.

    Raises:
        CatalogError: Where the file is incomplete, damaged, or of a later version.
    """
    import h5py

    with reading(path, "a halograd catalogue"), h5py.File(path, "r") as file:
        _check_header(path, file)
        wanted = (
            item for item in _datasets(file) if particles or not item.name.startswith("/particles/")
        )
        arrays = {_name(dataset): _read(path, dataset) for dataset in wanted}
        return _catalog(arrays, json.loads(file["metadata"][()]))


def is_halograd_file(path: Path) -> bool:
    """Whether an HDF5 file says it is a halograd catalogue."""
    import h5py

    with reading(path, "an HDF5 file"), h5py.File(path, "r") as file:
        return "format" in file.attrs and _text(file, "format") == FORMAT


def _arrays(halos: HaloCatalog) -> Iterator[tuple[str, np.ndarray]]:
    """Every array of the catalogue under its name in the file."""
    for name in _COLUMNS:
        if getattr(halos, name) is not None:
            yield name, getattr(halos, name)
    for name, values in halos.extra.items():
        yield f"extra/{_file_name(name)}", values
    if halos.particles is not None:
        for name in _PARTICLE_COLUMNS:
            yield f"particles/{name}", getattr(halos.particles, name)


def _file_name(name: str) -> str:
    # A slash would make a group and a lone dot means the group itself.
    return quote(name, safe=" ()[]{}<>|@!?+*=:;,'\"&$#^`") if name != "." else "%2E"


def _metadata(halos: HaloCatalog) -> bytes:
    content = {
        "redshift": halos.redshift,
        "mass_proxy": halos.mass_proxy,
        "cosmology": None if halos.cosmology is None else asdict(halos.cosmology),
        "provenance": dict(halos.provenance),
    }
    if halos.particles is not None and halos.particles.fraction != 1:
        content["particle_fraction"] = halos.particles.fraction
    if halos.analytic_matter is not None:
        content["analytic_matter"] = asdict(halos.analytic_matter)
    return json.dumps(content, default=float).encode("ascii")


def _write(file: "h5py.File", name: str, values: np.ndarray) -> None:
    kind, size = values.dtype.kind, values.dtype.itemsize
    # Types with padding bytes (records, long doubles) or pointers would not come back bit by bit.
    if kind not in "biufcSUmM" or size == 0 or size > {"f": 8, "c": 16}.get(kind, size):
        raise CatalogError(
            f"column {name!r} of type {values.dtype} cannot be saved: use numbers of at most 64 "
            "bits, truth values, dates or text of fixed length"
        )
    stored = values
    if kind in "UmM":
        # HDF5 has no such types: keep the bits, and the type in an attribute.
        stored = np.ascontiguousarray(values).view("u4" if kind == "U" else "i8")
    dataset = file.create_dataset(name, data=stored)
    # Text of fixed length: HDF5 can hang on that of variable length where a file is damaged.
    dataset.attrs["dtype"] = np.bytes_(values.dtype.str)
    dataset.attrs["shape"] = np.array(values.shape)
    dataset.attrs["sha256"] = np.bytes_(_digest(stored))


def _read(path: Path, dataset: "h5py.Dataset") -> np.ndarray:
    stored = dataset[()]
    if _digest(stored) != _text(dataset, "sha256"):
        raise CatalogError(f"{path}: {dataset.name} does not match its checksum; fetch it again")
    return stored.view(_text(dataset, "dtype")).reshape(dataset.attrs["shape"])


def _text(item: "h5py.Group | h5py.Dataset", name: str) -> str:
    return attribute(Path(item.file.filename), item, name)


def _datasets(file: "h5py.File") -> Iterator["h5py.Dataset"]:
    for group in (file, file["extra"], file.get("particles", {})):
        for name, item in group.items():
            if hasattr(item, "shape") and name != "metadata":
                yield item


def _name(dataset: "h5py.Dataset") -> str:
    return dataset.name.lstrip("/")


def _digest(values: np.ndarray) -> str:
    return hashlib.sha256(np.ascontiguousarray(values).reshape(-1).view(np.uint8)).hexdigest()


def _seal(file: "h5py.File") -> str:
    """A digest of the metadata and of the name, type, shape and digest of every dataset."""
    lines = [
        f"{_name(item)} {_text(item, 'dtype')} {item.attrs['shape']} {_text(item, 'sha256')}"
        for item in _datasets(file)
    ]
    return hashlib.sha256(
        "\n".join([*sorted(lines), ""]).encode() + file["metadata"][()]
    ).hexdigest()


def _check_header(path: Path, file: "h5py.File") -> None:
    if "format" not in file.attrs or _text(file, "format") != FORMAT:
        raise CatalogError(f"{path}: not a halograd catalogue; give columns to read it as a table")
    if file.attrs["version"] > VERSION:
        raise CatalogError(
            f"{path}: written in version {file.attrs['version']} of the format, and this halograd "
            f"reads up to {VERSION}; upgrade halograd"
        )
    if "checksum" not in file.attrs:
        raise CatalogError(f"{path}: the file is incomplete (no checksum); write it again")
    if _text(file, "checksum") != _seal(file):
        raise CatalogError(f"{path}: the contents do not match their checksum; fetch it again")


def _catalog(arrays: dict[str, np.ndarray], metadata: dict[str, Any]) -> HaloCatalog:
    columns = {name: arrays[name] for name in _COLUMNS if name in arrays}
    extra = {
        unquote(name.removeprefix("extra/")): values
        for name, values in arrays.items()
        if name.startswith("extra/")
    }
    matter, fraction = None, metadata.pop("particle_fraction", 1.0)
    if "particles/positions" in arrays:
        found = {name: arrays[f"particles/{name}"] for name in _PARTICLE_COLUMNS}
        matter = Particles.keeping(**found, fraction=fraction)
    cosmology, stand_in = metadata.pop("cosmology"), metadata.pop("analytic_matter", None)
    return HaloCatalog.keeping(
        **columns,
        **metadata,
        extra=extra,
        cosmology=None if cosmology is None else Cosmology(**cosmology),
        particles=matter,
        analytic_matter=None if stand_in is None else AnalyticMatter(**stand_in),
    )
