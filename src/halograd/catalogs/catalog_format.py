"""What a format of halo catalogues is: how it is recognised, and how it is read."""

from abc import ABC, abstractmethod
from pathlib import Path

from halograd.catalogs.halo_catalog import HaloCatalog
from halograd.catalogs.read_options import ReadOptions


class CatalogFormat(ABC):
    """A layout of files that declares its own columns, such as that of a halo finder.

    An installed package adds one by an entry point of the group "halograd.formats", a program by
    `registries.FORMATS.register(name, MyFormat)`; `catalogs.read` then recognises its files, and
    takes its name as `format`.
    """

    def recognises(self, path: Path, head: bytes) -> bool:
        """Whether a file or folder has this format, by its content.

        Args:
            path: The file or folder.
            head: The first bytes of the file, 4096 at most; none of a folder.
        """
        return False

    @abstractmethod
    def read(self, path: Path, options: ReadOptions) -> HaloCatalog:
        """The halos, in comoving Mpc/h, log10 Msun/h and km/s.

        Args:
            path: The file or folder.
            options: What the caller declares: `options.agreed` settles it with what the file
                says, `options.properties` names the columns to keep in `extra`, and particles are
                read where `options.particles`.

        Raises:
            CatalogError: For a file that is damaged, or does not declare what is needed.
        """
