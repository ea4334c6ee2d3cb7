from dataclasses import fields

import numpy as np
import pytest

from halograd.catalogs import HaloCatalog, Particles


@pytest.fixture(scope="session")
def assert_identical():
    """Asserts that two catalogues or particle sets are equal in type and in every bit."""
    return _assert_identical


def _assert_identical(got, want):
    for entry in fields(want):
        _assert_same(getattr(got, entry.name), getattr(want, entry.name), entry.name)


def _assert_same(got, want, name):
    assert type(got) is type(want), name
    if isinstance(want, np.ndarray):
        assert got.dtype == want.dtype, name
        assert got.shape == want.shape, name
        assert got.tobytes() == want.tobytes(), name
    elif isinstance(want, HaloCatalog | Particles):
        _assert_identical(got, want)
    elif isinstance(want, dict):
        assert list(got) == list(want), name
        for key in want:
            _assert_same(got[key], want[key], f"{name}[{key!r}]")
    else:
        assert got == want, name
