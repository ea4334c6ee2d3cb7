import numpy as np

from halograd.catalogs.hosts import host_index


def test_hosts_are_found_by_identifier():
    halo_id = np.array([30, 10, 20, 40])
    host_id = np.array([10, -1, 99, 30])
    satellite = np.array([True, False, True, True])
    assert host_index(halo_id, host_id, satellite).tolist() == [1, 1, -1, 0]


def test_of_rows_that_share_an_identifier_the_central_is_the_host():
    halo_id = np.array([5, 5, 5, 6])
    satellite = np.array([True, True, False, False])
    assert host_index(halo_id, np.array([5, 5, 5, 6]), satellite).tolist() == [2, 2, 2, 3]


def test_against_a_loop_over_random_identifiers():
    rng = np.random.default_rng(0)
    halo_id = rng.permutation(500)
    host_id = rng.integers(-1, 700, 500)
    satellite = rng.random(500) < 0.5
    rows = {identifier: row for row, identifier in enumerate(halo_id)}
    expected = [
        rows.get(host, -1) if is_satellite else row
        for row, (host, is_satellite) in enumerate(zip(host_id, satellite, strict=True))
    ]
    assert host_index(halo_id, host_id, satellite).tolist() == expected


def test_no_halos():
    empty = np.empty(0, int)
    assert host_index(empty, empty, np.empty(0, bool)).tolist() == []
