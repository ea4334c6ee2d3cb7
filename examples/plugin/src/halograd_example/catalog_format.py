"""A catalogue format: NumPy archives whose arrays are named as halograd names its columns."""

import numpy as np

from halograd.catalogs import CatalogError, CatalogFormat, Cosmology, HaloCatalog


class PlainNpz(CatalogFormat):
    """Archives of `numpy.savez` with an array `plain_npz` beside the columns."""

    def recognises(self, path, head):
        """Whether the archive says so."""
        if not head.startswith(b"PK"):
            return False
        with np.load(path, allow_pickle=False) as archive:
            return "plain_npz" in archive.files

    def read(self, path, options):
        """The halos; arrays that are not of the schema are kept where they are asked for."""
        with np.load(path, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
        missing = [name for name in options.properties if name not in arrays]
        if missing:
            raise CatalogError(f"{path} has no array {missing[0]!r}; it has {', '.join(arrays)}")
        return HaloCatalog(
            positions=arrays["positions"],
            velocities=arrays.get("velocities"),
            log_mpeak=arrays["log_mpeak"],
            is_satellite=arrays["is_satellite"],
            boxsize=options.agreed("boxsize", path, float(arrays["boxsize"])),
            redshift=options.agreed("redshift", path, float(arrays["redshift"])),
            cosmology=Cosmology(omega_m=float(arrays["omega_m"]), h=float(arrays["h"])),
            extra={name: arrays[name] for name in options.properties},
        )
