"""Which row is the host of which."""

from pathlib import Path

import numpy as np

from halograd.errors import CatalogError

# Enough for any real hierarchy: 2^8 generations of subhalos within subhalos.
_DOUBLINGS = 8


def host_index(halo_id: np.ndarray, host_id: np.ndarray, is_satellite: np.ndarray) -> np.ndarray:
    """Rows of the hosts, from identifiers.

    A central is its own host. Where several rows share an identifier, as orphans do with the
    halo they were lost in, the central among them is the host.

    Args:
        halo_id: (n_halo,) identifiers, integers of any type.
        host_id: (n_halo,) identifiers of the hosts, integers of any type; ignored for centrals.
        is_satellite: (n_halo,) truth values.

    Returns:
        (n_halo,) rows, -1 where no row has the identifier.
    """
    # Of two integer types NumPy would compare float64, which rounds long identifiers. Unsigned
    # ones become signed ones bit by bit, so that equal remains equal.
    halo_id = halo_id.astype(np.int64, copy=False)
    host_id = host_id.astype(np.int64, copy=False)
    rows = np.arange(len(halo_id))
    satellites = np.flatnonzero(is_satellite)
    if len(satellites) == 0:
        return rows
    order = _by_identifier(halo_id, is_satellite)
    known = halo_id[order]
    # In order, one search ends near where the next begins.
    satellites = satellites[np.argsort(host_id[satellites])]
    wanted = host_id[satellites]
    place = np.minimum(np.searchsorted(known, wanted), len(rows) - 1)
    rows[satellites] = np.where(known[place] == wanted, order[place], -1)
    return rows


def has_host(halo_id: np.ndarray, host_id: np.ndarray) -> np.ndarray:
    """Who is a satellite, from identifiers: a halo whose host is another one.

    A halo that is its own host, or whose host has a negative identifier (Rockstar's `upid` of -1;
    in a column of unsigned integers the largest number), is a central.

    Args:
        halo_id: (n_halo,) identifiers, integers of any type.
        host_id: (n_halo,) identifiers of the hosts, integers of any type.

    Returns:
        (n_halo,) truth values.
    """
    is_unsigned = host_id.dtype.kind == "u"
    none = host_id == np.iinfo(host_id.dtype).max if is_unsigned else host_id < 0
    return ~none & (host_id.astype(np.int64) != halo_id.astype(np.int64))


def check_zero(path: Path, halo_id: np.ndarray, host_id: np.ndarray) -> None:
    """Raise where the host 0 is no halo: whether 0 then marks centrals, no column says."""
    n_zero = int(np.count_nonzero(host_id == 0))
    if n_zero and not (halo_id == 0).any():
        raise CatalogError(
            f"{path}: {n_zero} halos have the host 0, which is none of the halos; if that marks "
            "centrals, declare is_satellite = {column = ..., not_equal = 0} with the column of "
            "host_id"
        )


def _by_identifier(halo_id: np.ndarray, is_satellite: np.ndarray) -> np.ndarray:
    """The order of the identifiers; of rows that share one, centrals come first. (n_halo,)"""
    order = np.argsort(halo_id)  # several times as quick as any stable sort
    ids = halo_id[order]
    return np.lexsort((is_satellite, halo_id)) if (ids[1:] == ids[:-1]).any() else order


def outermost(path: Path, parents: np.ndarray) -> np.ndarray:
    """Rows of the outermost hosts, from rows of the parents that each has.

    Args:
        path: The file, for the message.
        parents: (n_halo,) rows, its own for a halo without, -1 where the parent is not known.

    Returns:
        (n_halo,) rows, -1 where a parent on the way is not known.

    Raises:
        CatalogError: Where parents go round in a circle.
    """
    hosts = parents
    for _ in range(_DOUBLINGS):
        # Each step doubles the generations that are bridged.
        hosts = np.where(hosts < 0, -1, hosts[hosts])
    reached = hosts[hosts >= 0]
    if (parents[reached] != reached).any():
        raise CatalogError(f"{path}: halos are each other's parents; fetch the file again")
    return hosts
