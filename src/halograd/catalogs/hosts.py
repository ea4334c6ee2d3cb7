"""Which row is the host of which."""

import numpy as np


def host_index(halo_id: np.ndarray, host_id: np.ndarray, is_satellite: np.ndarray) -> np.ndarray:
    """Rows of the hosts, from identifiers.

    A central is its own host. Where several rows share an identifier, as orphans do with the
    halo they were lost in, the central among them is the host.

    Args:
        halo_id: (n_halo,) identifiers.
        host_id: (n_halo,) identifiers of the hosts; ignored for centrals.
        is_satellite: (n_halo,) truth values.

    Returns:
        (n_halo,) rows, -1 where no row has the identifier.
    """
    n_halo = len(halo_id)
    rows = np.arange(n_halo)
    if n_halo == 0:
        return rows
    order = np.lexsort((rows, is_satellite, halo_id))
    place = np.searchsorted(halo_id, host_id, sorter=order)
    candidate = order[np.minimum(place, n_halo - 1)]
    found = np.where(halo_id[candidate] == host_id, candidate, -1)
    return np.where(is_satellite, found, rows)
