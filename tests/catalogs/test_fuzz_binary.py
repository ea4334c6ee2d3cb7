"""Malformed files of the binary and HDF5 formats: a `CatalogError` that names the file, or halos.

Damage to the numbers themselves cannot be told from other numbers, for none of these formats has a
checksum; that a catalogue is never short without saying so can.
"""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import h5py
import numpy as np
import pytest

from halograd import catalogs
from halograd.catalogs import CatalogError
from oracles.gadget_file import write_catalog
from oracles.hacc_file import write_cores, write_opencosmo
from oracles.halotools_file import halotools_columns, write_halotools
from oracles.known_halos import BOXSIZE, REDSHIFT, known_halos
from oracles.universemachine_file import write_universemachine

HALOS = known_halos()
BOX = {"boxsize": BOXSIZE}


class Layout(NamedTuple):
    """How to write a valid file, and how to read it."""

    format: str
    name: str
    write: Callable[[Path], object]
    declared: Mapping[str, float] = MappingProxyType({})

    def read(self, path):
        return catalogs.read(path, self.format, **self.declared)


def _gadget(path, **options):
    write_catalog(path.parent, HALOS, **options)


LAYOUTS = {
    "universemachine": Layout(
        "universemachine",
        "sfr_catalog_0.800000.bin",
        lambda path: write_universemachine(path, HALOS),
        BOX,
    ),
    "halotools": Layout(
        "halotools",
        "known.hdf5",
        lambda path: write_halotools(path, halotools_columns(HALOS)),
    ),
    "opencosmo": Layout("hacc", "halos.hdf5", lambda path: write_opencosmo(path, HALOS, np.bytes_)),
    "opencosmo-gzip": Layout(
        "hacc",
        "halos.hdf5",
        lambda path: write_opencosmo(path, HALOS, np.bytes_, compression="gzip"),
    ),
    "cores": Layout(
        "hacc",
        "cores.hdf5",
        lambda path: write_cores(path, HALOS),
        BOX | {"redshift": REDSHIFT},
    ),
    "gadget": Layout("gadget", "fof_subhalo_tab_099.1.hdf5", _gadget),
    "tng": Layout("gadget", "fof_subhalo_tab_099.1.hdf5", lambda p: _gadget(p, tng=True), BOX),
}
# Datasets that the layouts have and the readers leave alone.
UNUSED = {"coredata/fof_halo_tag", "coredata/host_core", "coredata/radius"}
UNUSED |= {f"Group/Group{name}" for name in ("Pos", "Vel", "Mass")}
UNUSED |= {"header/simulation/cosmotools/cosmotools_steps"}
# Text of fixed length spares the trial of every file by another process.
HDF5 = [name for name in LAYOUTS if name != "universemachine"]


SLOW_KINDS = ("overwritten", "zeroed", "reversed")
KINDS = ["flipped", *(pytest.param(kind, marks=pytest.mark.slow) for kind in SLOW_KINDS)]


@pytest.fixture
def valid(tmp_path, request):
    layout = LAYOUTS[request.param]
    path = tmp_path / layout.name
    layout.write(path)
    assert len(layout.read(path)) == len(HALOS.mass)
    return layout, path


def refused(layout, path):
    """Whether the file is refused, by an error that names it, or else holds all its halos."""
    halos, error = None, ""
    try:
        halos = layout.read(path)
    except CatalogError as refusal:
        error = str(refusal)
    if halos is None:
        assert str(path.parent) in error
        return True
    told = " ".join(halos.provenance.get(key, "") for key in ("ignored", "merged", "flagged"))
    left_out = sum(int(number) for number in re.findall(r"\d+(?= \w)", told))
    assert len(halos) + left_out == len(HALOS.mass)
    return False


def damaged(content, kind, rng):
    """One of the ways in which files go bad."""
    bad = bytearray(content)
    if kind == "flipped":
        bad[rng.integers(len(bad))] ^= 1 << rng.integers(8)
    elif kind == "overwritten":
        start, length = rng.integers(len(bad)), rng.integers(1, 64)
        bad[start : start + length] = rng.bytes(len(bad[start : start + length]))
    elif kind == "zeroed":
        start = 64 * rng.integers(len(bad) // 64)
        bad[start : start + 64] = bytes(len(bad[start : start + 64]))
    else:
        start = rng.integers(len(bad) - 8)
        bad[start : start + 8] = bad[start : start + 8][::-1]
    return bytes(bad)


@pytest.mark.parametrize("valid", list(LAYOUTS), indirect=True)
def test_a_file_cut_anywhere_is_refused(valid):
    layout, path = valid
    content = path.read_bytes()
    lengths = np.random.default_rng(1).integers(1, len(content), 40)
    for length in [0, 1, 7, 8, 511, len(content) - 1, *lengths]:
        # A multiple of the record is a shorter file of the same format, as good as any.
        if layout.format == "universemachine" and length and length % 128 == 0:
            continue
        path.write_bytes(content[:length])
        assert refused(layout, path)


@pytest.mark.parametrize("valid", list(LAYOUTS), indirect=True)
@pytest.mark.parametrize("kind", KINDS)
def test_damage_anywhere_never_shortens_a_catalogue(valid, kind):
    layout, path = valid
    content, rng = path.read_bytes(), np.random.default_rng(2)
    for _ in range(25):
        path.write_bytes(damaged(content, kind, rng))
        refused(layout, path)


def _items(path):
    """Names of all datasets, and (item, attribute) of all attributes."""
    with h5py.File(path, "r") as file:
        items = ["/"]
        file.visit(items.append)
        datasets = [name for name in items if isinstance(file[name], h5py.Dataset)]
        return datasets, [(name, key) for name in items for key in file[name].attrs]


@pytest.mark.slow
@pytest.mark.parametrize("valid", HDF5, indirect=True)
def test_whatever_is_missing_is_refused_or_was_not_needed(valid):
    layout, path = valid
    want, content = layout.read(path), path.read_bytes()
    datasets, attributes = _items(path)
    n_refused = 0
    for name, key in [*((name, None) for name in datasets), *attributes]:
        path.write_bytes(content)
        with h5py.File(path, "a") as file:
            if key is None:
                del file[name]
            else:
                del file[name].attrs[key]
        if refused(layout, path):
            n_refused += 1
        else:
            got = layout.read(path)
            np.testing.assert_array_equal(got.positions, want.positions)
            np.testing.assert_array_equal(got.log_mpeak, want.log_mpeak)
    assert n_refused >= 3


# A single table has no other count than its own length.
SEVERAL = [name for name in HDF5 if name != "halotools"]


@pytest.mark.slow
@pytest.mark.parametrize("valid", SEVERAL, indirect=True)
@pytest.mark.parametrize("change", ["shorter", "longer", "text", "flat", "unwritten"])
def test_datasets_of_another_shape_or_type_are_refused(valid, change):
    layout, path = valid
    content = path.read_bytes()
    for name in _items(path)[0]:
        path.write_bytes(content)
        with h5py.File(path, "a") as file:
            values, attributes = file[name][()], dict(file[name].attrs)
            del file[name]
            file.create_dataset(name, **_changed(values, change))
            file[name].attrs.update(attributes)
        assert refused(layout, path) or name in UNUSED


def _changed(values, change):
    if change == "unwritten":
        return {"shape": values.shape, "dtype": values.dtype}
    changed = {
        "shorter": values[:-1],
        "longer": np.concatenate([values, values[:1]]),
        "text": np.full(values.shape, b"?"),
        "flat": np.stack([values, values]),
    }
    return {"data": changed[change]}


@pytest.mark.parametrize("valid", HDF5, indirect=True)
def test_the_byte_order_of_a_dataset_is_no_matter(valid, assert_identical):
    layout, path = valid
    want, datasets = layout.read(path), _items(path)[0]
    with h5py.File(path, "a") as file:
        for name in datasets:
            values, attributes = file[name][()], dict(file[name].attrs)
            del file[name]
            file[name] = values.astype(values.dtype.newbyteorder(">"))
            file[name].attrs.update(attributes)
    assert_identical(layout.read(path), want)
