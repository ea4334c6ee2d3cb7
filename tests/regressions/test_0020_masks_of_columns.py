"""Masked values used to be taken for values: the mask of an array was dropped."""

import numpy as np
import pyarrow as pa
import pytest
from astropy.table import MaskedColumn
from astropy.utils.masked import Masked

from halograd.catalogs import CatalogError, HaloCatalog, Particles

COLUMNS = {
    "positions": np.linspace(1.0, 9.0, 12).reshape(4, 3),
    "log_mpeak": np.linspace(11.0, 14.0, 4),
    "is_satellite": np.array([False, True, False, True]),
    "velocities": np.linspace(-300.0, 300.0, 12).reshape(4, 3),
    "halo_id": np.array([3, 5, 7, 2**60 + 1]),
    "host_index": np.array([0, 0, 2, 2]),
}


def catalog(**changes):
    return HaloCatalog(**(COLUMNS | {"boxsize": 10.0, "redshift": 0.0} | changes))


def masked(values, n_masked):
    mask = np.zeros(values.shape, bool)
    mask.reshape(-1)[:n_masked] = True
    return np.ma.array(values, mask=mask)


@pytest.mark.parametrize("name", COLUMNS)
def test_a_masked_value_is_refused_with_its_column(name):
    with pytest.raises(CatalogError, match=f"{name}: 2 values are masked; drop those rows"):
        catalog(**{name: masked(COLUMNS[name], 2)})


@pytest.mark.parametrize("name", COLUMNS)
def test_a_mask_that_hides_nothing_changes_nothing(name):
    halos = catalog(**{name: masked(COLUMNS[name], 0)})
    assert type(getattr(halos, name)) is np.ndarray
    np.testing.assert_array_equal(getattr(halos, name), COLUMNS[name])


@pytest.mark.parametrize(
    "values",
    [
        MaskedColumn([1.0, 2.0, 3.0, 4.0], mask=[0, 0, 0, 1]),
        Masked(np.arange(4.0), mask=[False, False, True, False]),
        np.array([1.0, None, 3.0, 4.0], dtype=object),
        [1.0, 2.0, np.ma.masked, 4.0],
        pa.array([1, None, 3, 4]),
    ],
)
def test_extra_columns_too(values):
    with pytest.raises(CatalogError, match=r"extra column 'spin'.*1 value is (masked|null)"):
        catalog(extra={"spin": values})


def test_columns_in_a_list():
    x, y, z = COLUMNS["positions"][:3].T
    with pytest.raises(CatalogError, match="positions: 1 value is masked"):
        catalog(positions=[x, masked(y, 1), z])


def test_particles():
    points = np.ones((5, 3))
    with pytest.raises(CatalogError, match="positions: 3 values are masked"):
        Particles(masked(points, 3), 1e10, 10.0)
    with pytest.raises(CatalogError, match="particle masses: 1 value is masked"):
        Particles(points, masked(np.full(5, 1e10), 1), 10.0)


def test_a_masked_choice_of_rows():
    with pytest.raises(CatalogError, match="rows: 1 value is masked"):
        catalog()[masked(np.ones(4, bool), 1)]
