"""Hosts were lost between integer types, and satellites between links, rules and padded text."""

import h5py
import numpy as np
import pytest

from halograd import catalogs
from halograd.catalogs import CatalogError, HaloCatalog

N = 100
BASE = {
    "position": ["x", "y", "z"],
    "position_unit": "Mpc/h",
    "mass": "mass",
    "mass_unit": "Msun/h",
    "boxsize": 10.0,
    "redshift": 0.0,
}
LINKS = {"halo_id": "id", "host_id": "host"}


def read(path, columns, **data):
    with h5py.File(path / "halos.h5", "w") as file:
        for axis in "xyz":
            file[axis] = np.linspace(0.5, 9.5, N)
        file["mass"] = np.full(N, 1e13)
        for name, values in data.items():
            file[name] = values
    return catalogs.read(path / "halos.h5", columns=BASE | columns)


# Of each pair the first is the host of the second. Odd identifiers this long are not in float64.
IDS = 2**60 + 1 + 2 * np.arange(N)
PLACE = np.arange(N)
HOSTS = PLACE - PLACE % 2


@pytest.mark.parametrize("id_type", ["i8", "u8", ">i8"])
@pytest.mark.parametrize("host_type", ["i8", "u8"])
def test_hosts_are_found_whatever_the_types(tmp_path, id_type, host_type):
    halos = read(tmp_path, LINKS, id=IDS.astype(id_type), host=IDS[HOSTS].astype(host_type))
    np.testing.assert_array_equal(halos.host_index, HOSTS)
    np.testing.assert_array_equal(halos.is_satellite, PLACE % 2 == 1)


def test_short_identifiers_of_hosts(tmp_path):
    halos = read(tmp_path, LINKS, id=PLACE.astype("u8"), host=HOSTS.astype("i2"))
    np.testing.assert_array_equal(halos.host_index, HOSTS)


@pytest.mark.parametrize("host_type", ["i8", "u8", "i4", "u4"])
def test_links_alone_tell_satellites_where_minus_one_marks_centrals(tmp_path, host_type):
    ids = PLACE + 5
    host = np.where(PLACE % 2, ids[HOSTS], -1).astype(host_type)
    halos = read(tmp_path, LINKS, id=ids, host=host)
    assert halos.is_satellite.sum() == N // 2
    np.testing.assert_array_equal(halos.host_index, HOSTS)


def test_a_host_of_zero_that_is_no_halo_has_to_be_explained(tmp_path):
    ids = PLACE + 5
    host = np.where(PLACE % 2, ids[HOSTS], 0)
    with pytest.raises(CatalogError, match=r"50 halos have the host 0, which is none of the halos"):
        read(tmp_path, LINKS, id=ids, host=host)
    (tmp_path / "halos.h5").unlink()
    rule = {"is_satellite": {"column": "host", "not_equal": 0}}
    halos = read(tmp_path, LINKS | rule, id=ids, host=host)
    np.testing.assert_array_equal(halos.host_index, HOSTS)


def test_a_host_index_alone_tells_satellites():
    halos = HaloCatalog(
        positions=np.ones((3, 3)),
        log_mpeak=[12, 11, 11],
        boxsize=2,
        redshift=0,
        host_index=[0, 0, -1],
    )
    assert halos.is_satellite.tolist() == [False, True, True]


def test_minus_one_in_an_unsigned_column(tmp_path):
    upid = np.where(PLACE % 2, PLACE, -1).astype("u8")
    halos = read(tmp_path, {"is_satellite": {"column": "upid", "not_equal": -1}}, upid=upid)
    np.testing.assert_array_equal(halos.is_satellite, PLACE % 2 == 1)


@pytest.mark.parametrize(
    ("values", "wanted", "message"),
    [
        (PLACE.astype("u8"), -1, r"with -1, which a column of uint64 cannot hold; .* 0 to 99"),
        (PLACE.astype("i1"), 300, r"compared with 300, which a column of int8 cannot hold"),
        (PLACE, 0.5, r"compared with 0.5, which a column of int64 cannot hold"),
        (PLACE % 2 == 1, 2, r"compared with 2, which a column of bool cannot hold"),
        (np.where(PLACE % 2, np.nan, 3.0), -1, r"has 50 NaN, so which rows are meant is not known"),
    ],
)  # fmt: skip
def test_a_rule_that_the_column_cannot_answer(tmp_path, values, wanted, message):
    with pytest.raises(CatalogError, match=message):
        read(tmp_path, {"is_satellite": {"column": "kind", "not_equal": wanted}}, kind=values)


def test_padded_text(tmp_path):
    kind = np.where(PLACE % 2, "sat     ", "central ").astype("S8")
    halos = read(tmp_path, {"is_satellite": {"column": "kind", "equal": "sat"}}, kind=kind)
    np.testing.assert_array_equal(halos.is_satellite, PLACE % 2 == 1)


def test_halotools_with_unsigned_hosts(tmp_path):
    names = [f"halo_{name}" for name in ("x", "y", "z", "mpeak")]
    rows = np.ones(N, [(name, "f8") for name in names] + [("halo_id", "i8"), ("halo_upid", "u8")])
    rows["halo_id"], rows["halo_mpeak"] = PLACE, 1e12
    rows["halo_upid"] = np.where(PLACE % 2, HOSTS, -1).astype("u8")
    with h5py.File(tmp_path / "halos.h5", "w") as file:
        file["data"] = rows
        file.attrs.update({"Lbox": 10.0, "redshift": 0.0})
    halos = catalogs.read(tmp_path / "halos.h5")
    np.testing.assert_array_equal(halos.is_satellite, PLACE % 2 == 1)
    np.testing.assert_array_equal(halos.host_index, HOSTS)
