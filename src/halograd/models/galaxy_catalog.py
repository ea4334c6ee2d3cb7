"""A catalogue of drawn galaxies, saved in the formats people share mocks in."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from halograd._atomic import atomic_write
from halograd.errors import HalogradError


@dataclass(frozen=True, eq=False, kw_only=True)
class GalaxyCatalog:
    """Galaxies in a periodic box.

    Attributes:
        positions: (n, 3), comoving Mpc/h.
        velocities: (n, 3), peculiar, km/s, or None.
        log_mstar: (n,), log10 stellar mass, Msun, or None for a model without.
        log_mpeak: (n,), log10 of the (sub)halo's mass, Msun/h.
        is_satellite: (n,), True in a subhalo.
        halo_row: (n,), row of the (sub)halo in its catalogue.
        boxsize: (3,), comoving Mpc/h.
        redshift: Of the snapshot.
        kind: (n,), the kind of each galaxy as the model names it, or None where all are alike.
        provenance: Model, parameters and source, as text by key.
    """

    positions: np.ndarray
    velocities: np.ndarray | None
    log_mstar: np.ndarray | None
    log_mpeak: np.ndarray
    is_satellite: np.ndarray
    halo_row: np.ndarray
    boxsize: np.ndarray
    redshift: float
    kind: np.ndarray | None = None
    provenance: Mapping[str, str] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.positions)

    def columns(self) -> dict[str, np.ndarray]:
        """The table as it is saved: x, y, z (and vx, vy, vz), then one column per property."""
        table = dict(zip(("x", "y", "z"), self.positions.T, strict=True))
        if self.velocities is not None:
            table |= dict(zip(("vx", "vy", "vz"), self.velocities.T, strict=True))
        names = ("log_mstar", "kind", "log_mpeak", "is_satellite", "halo_row")
        given = {name: getattr(self, name) for name in names if getattr(self, name) is not None}
        return table | given

    def metadata(self) -> dict[str, str | float | list[float]]:
        """What a reader needs beside the columns: box, redshift, units, provenance."""
        return {
            "boxsize": self.boxsize.tolist(),
            "redshift": self.redshift,
            "units": "x y z: comoving Mpc/h; vx vy vz: km/s; log_mstar: log10 Msun; "
            "log_mpeak: log10 Msun/h",
            "provenance": json.dumps(dict(self.provenance)),
        }

    def save(self, path: str | Path) -> None:
        """Write the catalogue, whole or not at all, in the format the suffix names.

        Args:
            path: Ending in .hdf5 or .h5, .parquet, or .fits.

        Raises:
            HalogradError: For another suffix.
        """
        path = Path(path)
        if path.suffix not in _WRITERS:
            raise HalogradError(
                f"cannot tell the format of {path.name!r}: end the name in one of "
                f"{', '.join(sorted(_WRITERS))}"
            )
        with atomic_write(path) as temporary:
            _WRITERS[path.suffix](self, temporary)


def _write_hdf5(galaxies: GalaxyCatalog, path: Path) -> None:
    import h5py

    with h5py.File(path, "w") as file:
        file.attrs.update(galaxies.metadata())
        for name, values in galaxies.columns().items():
            file.create_dataset(name, data=_without_unicode(values))


def _write_parquet(galaxies: GalaxyCatalog, path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.table({name: pa.array(values) for name, values in galaxies.columns().items()})
    meta = {key: json.dumps(value) for key, value in galaxies.metadata().items()}
    pq.write_table(table.replace_schema_metadata(meta), path)


def _write_fits(galaxies: GalaxyCatalog, path: Path) -> None:
    from astropy.io import fits

    columns = {name: _without_unicode(values) for name, values in galaxies.columns().items()}
    table = fits.BinTableHDU(np.rec.fromarrays(list(columns.values()), names=list(columns)))
    for axis, side in enumerate(galaxies.boxsize):
        table.header[f"BOXSIZE{axis}"] = (side, "comoving Mpc/h")
    table.header["REDSHIFT"] = galaxies.redshift
    for line in (galaxies.metadata()["units"], *galaxies.provenance.items()):
        table.header.add_history(line if isinstance(line, str) else " = ".join(line))
    table.writeto(path)


def _without_unicode(values: np.ndarray) -> np.ndarray:
    """Text as bytes, which HDF5 and FITS hold; anything else as it is."""
    return np.char.encode(values, "utf-8") if values.dtype.kind == "U" else values


_WRITERS: dict[str, Callable[[GalaxyCatalog, Path], None]] = {
    ".hdf5": _write_hdf5,
    ".h5": _write_hdf5,
    ".parquet": _write_parquet,
    ".fits": _write_fits,
}
