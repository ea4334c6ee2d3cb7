"""HACC's catalogues in HDF5: the halos of OpenCosmo, and cores."""

from pathlib import Path

from halograd.catalogs._reader_checks import refuse_particles
from halograd.catalogs._reading import reading
from halograd.catalogs.catalog_format import CatalogFormat
from halograd.catalogs.hacc_cores import read_cores
from halograd.catalogs.halo_catalog import HaloCatalog
from halograd.catalogs.opencosmo import read_halo_properties
from halograd.catalogs.read_options import ReadOptions
from halograd.errors import CatalogError


class Hacc(CatalogFormat):
    """HACC: OpenCosmo halo properties, and cores (HDF5)."""

    def recognises(self, path: Path, head: bytes) -> bool:
        """Whether the content is laid out so."""
        return is_hacc(path)

    def read(self, path: Path, options: ReadOptions) -> HaloCatalog:
        """The halos."""
        return read_hacc(path, options)


def read_hacc(path: Path, options: ReadOptions) -> HaloCatalog:
    """The halos or cores of a HACC simulation, as the file has the one or the other.

    See `opencosmo.read_halo_properties` and `hacc_cores.read_cores`.

    Args:
        path: The file.
        options: For cores, `boxsize` and `redshift` are needed.

    Raises:
        CatalogError: Where the file is damaged, of another kind, a part of a box or a light cone,
            or lacks a declaration.
    """
    import h5py

    refuse_particles(path, options, "a file of HACC halos or cores")
    with reading(path, "a HACC catalogue"), h5py.File(path, "r") as file:
        if "coredata" in file:
            return read_cores(path, file["coredata"], options)
        if "index/root_idx" in file:
            raise CatalogError(
                f"{path}: a forest of cores holds every snapshot of a part of the box; give the "
                "cores of one snapshot"
            )
        return read_halo_properties(path, file, options)


def is_hacc(path: Path) -> bool:
    """Whether an HDF5 file has the groups of OpenCosmo or of a core catalogue."""
    import h5py

    with reading(path, "an HDF5 file"), h5py.File(path, "r") as file:
        headers = ("header/simulation", "halo_properties/header/simulation")
        return "coredata" in file or any(header in file for header in headers)
