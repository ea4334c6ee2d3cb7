"""Cores of HACC simulations: the densest particles of halos, followed after infall."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from halograd.catalogs._columns import with_vectors
from halograd.catalogs._reader_checks import MassCut, check_filled, into_box
from halograd.catalogs.growing_columns import GrowingColumns
from halograd.catalogs.halo_catalog import HaloCatalog
from halograd.catalogs.hdf5_column import column, cut_rows, row_column
from halograd.catalogs.hosts import host_index
from halograd.catalogs.opencosmo import OVERSHOOT
from halograd.catalogs.properties import find_properties, take_properties
from halograd.catalogs.read_options import ReadOptions

if TYPE_CHECKING:
    import h5py

_MASS = "infall_tree_node_mass"
_CENTER, _MOTION = ("x", "y", "z"), ("vx", "vy", "vz")


def read_cores(path: Path, data: "h5py.Group", options: ReadOptions) -> HaloCatalog:
    """The cores of one snapshot, as SMACC writes them (Sultan et al. 2021, arXiv:2012.09262).

    The group has no header: positions are in comoving Mpc/h, velocities in comoving km/s (here
    multiplied by the scale factor), masses in Msun/h. The mass is that of the core's tree node,
    now for a central, at infall for a satellite. The host is the central of the same tree node.
    Cores that have merged are dropped, and counted in provenance.

    Args:
        path: The file, for messages.
        data: Its group `coredata`.
        options: `boxsize` and `redshift` are needed; `cosmology` where it is to be known.

    Raises:
        CatalogError: Where a column is missing, incomplete or of another type, or a declaration
            is missing.
    """
    options.require(path, boxsize=None, redshift=None)
    redshift = options.agreed("redshift", path)
    sides = np.full(3, float(options.agreed("boxsize", path)))
    # Tree nodes tell the parts of a halo apart that a bridge of particles links.
    node = "tree_node_index" if "tree_node_index" in data else "fof_halo_tag"
    datasets = _datasets(path, data, node)
    for new, (old, _) in find_properties(path, options.properties, data, {}).items():
        datasets[new] = row_column(path, data, old, len(datasets[_MASS]))
    cut, gathered, n_merged = MassCut(path, _MASS, options), GrowingColumns(), 0

    def keeps(read: dict[str, np.ndarray]) -> np.ndarray:
        nonlocal n_merged
        kept = cut.keeps(read[_MASS])
        merged = read["merged"] != 0 if "merged" in read else np.zeros(len(kept), bool)
        n_merged += int(np.count_nonzero(kept & merged))
        return kept & ~merged

    deciding = (_MASS, "merged") if "merged" in datasets else (_MASS,)
    for rows, _, columns in cut_rows(path, datasets, deciding, keeps):
        columns = with_vectors(columns, positions=_CENTER, velocities=_MOTION)
        gathered.append(columns, rows.stop / max(len(datasets[_MASS]), 1))
        options.report(rows.stop, len(datasets[_MASS]))
    positions = into_box(path, gathered.take("positions"), sides, overshoot=OVERSHOOT)
    check_filled(path, positions, sides)
    satellite, nodes = gathered.take("central") != 1, gathered.take(node)
    motion = gathered.take("velocities") / (1 + redshift) if _MOTION[0] in datasets else None
    return HaloCatalog.keeping(
        positions=positions,
        log_mpeak=np.log10(gathered.take(_MASS), dtype=np.float64),
        boxsize=sides,
        redshift=redshift,
        is_satellite=satellite,
        velocities=motion,
        halo_id=gathered.take("core_tag"),
        host_index=_centrals_of(nodes, satellite),
        extra=take_properties(gathered.finish()),
        mass_proxy="tree-node mass at infall (now for centrals)",
        cosmology=options.agreed("cosmology", path),
        provenance=_provenance(path, n_merged) | cut.provenance(),
    )


def _datasets(path: Path, data: "h5py.Group", node: str) -> dict[str, "h5py.Dataset"]:
    mass = column(path, data, _MASS)
    motion = _MOTION if _MOTION[0] in data else ()
    merged = ("merged",) if "merged" in data else ()
    numbers = {name: column(path, data, name, mass.shape) for name in (*_CENTER, *motion)}
    names = ("core_tag", "central", node, *merged)
    return {
        _MASS: mass,
        **numbers,
        **{name: column(path, data, name, mass.shape, "i") for name in names},
    }


def _centrals_of(nodes: np.ndarray, satellite: np.ndarray) -> np.ndarray:
    """The row of the central of each core's tree node, -1 where it is not in the file."""
    hosts = host_index(nodes, nodes, satellite)
    # A node whose central was cut finds one of its own satellites instead.
    orphaned = (hosts >= 0) & satellite[hosts] & satellite
    return np.where(orphaned, -1, hosts)


def _provenance(path: Path, n_merged: int) -> dict[str, str]:
    entries = {"source": str(path), "format": "hacc", "kind": "HACC cores"}
    if n_merged:
        entries["merged"] = f"{n_merged} cores that have merged, left out"
    return entries
