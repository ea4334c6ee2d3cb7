"""The answer of a format that keeps no matter particles beside its halos."""

from pathlib import Path

from halograd.catalogs.read_options import ReadOptions
from halograd.errors import CatalogError


def refuse_particles(path: Path, options: ReadOptions, what: str) -> None:
    """Raise where the caller asks for the particles of a file that has none.

    Args:
        path: The file.
        options: The caller's.
        what: What the file is, such as "a halotools table".
    """
    if options.particles:
        raise CatalogError(
            f"{path}: {what} has no matter particles; read them from their own file with "
            "read_particles, or read without particles"
        )
