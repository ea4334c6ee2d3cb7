"""Complex numbers used to lose their imaginary parts, and text and dates passed for numbers."""

import numpy as np
import pytest

from halograd.catalogs import CatalogError, HaloCatalog

POINTS = np.linspace(1.0, 9.0, 12).reshape(4, 3)
MASSES = np.array([11.25, 12.5, 13.75, 14.0])


def catalog(**changes):
    given = {"positions": POINTS, "log_mpeak": MASSES, "boxsize": 10.0, "redshift": 0.0}
    return HaloCatalog(**(given | changes))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"positions": POINTS + 1j}, r"positions must be numbers, got complex numbers"),
        ({"log_mpeak": MASSES.astype(str)}, r"log_mpeak must be numbers, got text \(<U32\)"),
        ({"log_mpeak": MASSES.astype("S8")}, r"log_mpeak must be numbers, got text"),
        ({"log_mpeak": MASSES.astype(str).astype(object)}, r"must be numbers, got text"),
        ({"log_mpeak": np.arange(4).astype("M8[D]")}, r"must be numbers, got dates"),
        ({"log_mpeak": np.ones(4, bool)}, r"must be numbers, got truth values"),
        ({"log_mpeak": np.array([1.0, {}, 2.0, 3.0], object)}, r"got objects \(dict, float\)"),
        ({"positions": [[1.0, 2.0], [3.0]]}, r"positions must be an array, got list"),
        ({"is_satellite": ["0", "1", "0", "0"]}, r"is_satellite must be True or False .*text"),
        ({"is_satellite": [0, 1, 2, 0]}, r"got numbers \(int64\), such as 2"),
        ({"is_satellite": [0.0, 1.0, np.nan, 0.0]}, r"such as nan"),
        ({"halo_id": [1.0, 2.0, 3.0, 4.0]}, r"halo_id must be integers"),
        ({"halo_id": np.array([1, 2, 3, 2**63], "u8")}, r"64-bit signed .* 9223372036854775808"),
        ({"extra": {"x": np.array([1.0, "a", 2.0, 3.0], object)}}, r"extra column 'x' must be"),
    ],
)  # fmt: skip
def test_refused(changes, message):
    with pytest.raises(CatalogError, match=message):
        catalog(**changes)


@pytest.mark.parametrize("dtype", [">f8", ">f4", "<f2", object, np.longdouble])
def test_converted_to_the_same_numbers(dtype):
    masses = catalog(log_mpeak=MASSES.astype(dtype)).log_mpeak
    assert masses.dtype == np.float64
    np.testing.assert_array_equal(masses, MASSES)


def test_whole_numbers_as_objects():
    ids = [2**60 + 1, 2, 3, 4]
    halos = catalog(halo_id=np.array(ids, object), is_satellite=np.array([True, False] * 2, object))
    assert halos.halo_id.tolist() == ids
    assert halos.is_satellite.tolist() == [True, False] * 2


def test_extra_columns_keep_what_they_are():
    halos = catalog(
        extra={
            "big": MASSES.astype(">f4"),
            "label": np.array(["a", "bc", "d", "e"], object),
            "count": np.array([2**60, 1, 2, 3], object),
        }
    )
    assert halos.column("big").dtype == np.dtype("=f4")
    assert halos.column("label").dtype.kind == "U"
    assert halos.column("count").tolist() == [2**60, 1, 2, 3]
