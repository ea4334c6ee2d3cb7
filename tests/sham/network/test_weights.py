import h5py
import jax
import numpy as np
import pytest

from halograd._sealed import read_sealed, write_sealed
from halograd.errors import HalogradError
from halograd.sham import load_network, shipped_network
from halograd.sham.network import save_network
from halograd.sham.network.weights import provenance, shipped_provenance


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "network.h5"
    save_network(path, shipped_network(), {"seed": 3})
    return path


def test_every_bit_comes_back(path):
    for got, want in zip(
        *map(jax.tree.leaves, (load_network(path), shipped_network())), strict=True
    ):
        np.testing.assert_array_equal(got, want)
    assert provenance(path) == {"seed": 3}


def test_the_shipped_network_says_how_it_was_made():
    made = shipped_provenance()
    assert made["seeds"]["training"] == 0
    assert {"jax", "jaxlib", "optax"} <= set(made["versions"])


def test_truncated(path):
    content = path.read_bytes()
    for length in (0, 100, len(content) // 2, len(content) - 1):
        path.write_bytes(content[:length])
        with pytest.raises(HalogradError, match="damaged"):
            load_network(path)


def test_tampered(path):
    with h5py.File(path, "r+") as file:
        name = next(name for name in file["arrays"] if "weight" in name)
        file["arrays"][name][0] += 1e-3
    with pytest.raises(HalogradError, match="checksum"):
        load_network(path)


def test_another_version(path):
    old = read_sealed(path, "halograd network, version 1")
    write_sealed(path, "halograd network, version 99", old)
    with pytest.raises(HalogradError, match=r"version 99.*version 1"):
        load_network(path)


def test_missing(tmp_path):
    with pytest.raises(HalogradError, match="no network at"):
        load_network(tmp_path / "nothing.h5")


def test_loaded_first_under_jit():
    shipped_network.cache_clear()
    first = jax.jit(lambda x: x * shipped_network().centre[0])(1.0)
    np.testing.assert_array_equal(first, shipped_network().centre[0])
