"""Tables of subhalos and orphans as the Millennium simulations have them."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from halograd import _checks
from halograd.catalogs._columns import file_numbers, with_vectors
from halograd.catalogs._reader_checks import MassCut, into_box, refuse_particles
from halograd.catalogs._reading import reading
from halograd.catalogs.catalog_format import CatalogFormat
from halograd.catalogs.growing_columns import GrowingColumns, row_ranges
from halograd.catalogs.halo_catalog import HaloCatalog
from halograd.catalogs.hdf5_column import check_stored, piece_rows
from halograd.catalogs.hosts import host_index
from halograd.catalogs.properties import EXTRA, Field, find_properties, take_properties, with_unit
from halograd.catalogs.read_options import ReadOptions
from halograd.catalogs.text_stream import text_stream
from halograd.catalogs.text_table import csv_blocks, csv_header
from halograd.errors import CatalogError

if TYPE_CHECKING:
    import h5py

MASS_UNIT = 1e10  # Msun/h

# Each by the names it has in one release or another, in lower case.
_NAMES = {
    "halo_id": ("galaxyid", "haloid", "haloindex"),
    "host_id": ("fofcentralid", "centralhaloindex"),
    "type": ("type",),
    "mass": ("mvir",),
    "infall_mass": ("infallmvir",),
    "positions": ("pos",),
    "velocities": ("vel",),
    "redshift": ("redshift",),
} | {name: (name,) for name in ("x", "y", "z", "velx", "vely", "velz")}
_FIELDS = {
    "v_max": Field(("vmax",)),
    "v_at_infall": Field(("infallvmax",)),
    "mass_now": Field(("mvir",), MASS_UNIT),
    "mass_at_infall": Field(("infallmvir",), MASS_UNIT),
    "r_vir": Field(("rvir",)),
    "velocity_dispersion": Field(("veldisp",)),
    "n_particle": Field(("len", "np")),
}
_NEEDED = ("type", "mass")
_HDF5 = b"\x89HDF"

Rows = Mapping[str, np.ndarray]


class Millennium(CatalogFormat):
    """Tables of the Millennium databases, text or HDF5."""

    def recognises(self, path: Path, head: bytes) -> bool:
        """Whether the content is laid out so."""
        return is_millennium(path)

    def read(self, path: Path, options: ReadOptions) -> HaloCatalog:
        """The halos."""
        return read_millennium(path, options)


def read_millennium(path: Path, options: ReadOptions) -> HaloCatalog:
    """The objects of one snapshot: Springel et al. 2005 (astro-ph/0504097).

    Either the HDF5 of a semi-analytic model on Millennium's trees (a compound dataset
    `SnapNNN/Galaxies`), or what a query of the Millennium database answers in CSV (a first line
    `#OK`). Positions are in comoving Mpc/h, masses in 1e10 Msun/h and velocities in km/s, in
    both. `Type` tells centrals (0) from satellites with a subhalo (1) and orphans (2). The mass is
    `Mvir`, and `infallMvir` for satellites where the table has it. Rows without a mass, which these
    tables mark by 0 or below, are dropped and counted. `extra` has `type`.

    Args:
        path: The file.
        options: `boxsize`, and `redshift` unless the table has such a column, are needed.

    Raises:
        CatalogError: Where the file is damaged, or a declaration is missing.
    """
    refuse_particles(path, options, "a Millennium table")
    with reading(path, "a Millennium table"):
        gathered = _Gathered(path, options)
        read_rows = _hdf5_rows if _is_hdf5(path) else _text_rows
        for rows, done, total in read_rows(path, options.properties):
            gathered.take(rows, done / total)
            options.report(done, total)
        return gathered.catalog()


def is_millennium(path: Path) -> bool:
    """Whether a file is a snapshot on Millennium's trees or an answer of the database."""
    return _is_snapshot(path) if _is_hdf5(path) else _is_answer(path)


class _Gathered:
    """Gathers the rows to keep, and makes the catalogue of them."""

    def __init__(self, path: Path, options: ReadOptions) -> None:
        self._path, self._options = path, options
        self._cut = MassCut(path, "the mass", options)
        self._rows = GrowingColumns()
        self._n_massless = 0
        self._has_infall = False
        self._redshift: float | None = None

    def take(self, rows: Rows, share: float) -> None:
        """Keep what has a mass, and is heavy enough."""
        self._options.require(self._path, boxsize=None, redshift=rows.get("redshift"))
        self._has_infall = "infall_mass" in rows
        satellite = rows["type"] != 0
        mass = np.where(satellite, rows.get("infall_mass", rows["mass"]), rows["mass"])
        mass = _checks.finite(f"{self._path}: the masses", mass, CatalogError) * MASS_UNIT
        massive = mass > 0
        self._n_massless += int(np.count_nonzero(~massive))
        kept = np.flatnonzero(massive)
        kept = kept[self._cut.keeps(mass[kept])]
        self._check_redshift(rows)
        self._rows.append(
            {name: values[kept] for name, values in _schema(rows, mass, satellite).items()}, share
        )

    def catalog(self) -> HaloCatalog:
        """The catalogue of all the rows."""
        sides = np.full(3, self._options.agreed("boxsize", self._path))
        rows = self._rows.finish()
        asked = take_properties(rows)
        host_id = rows.pop("host_id", None)
        if host_id is not None:
            rows["host_index"] = host_index(rows["halo_id"], host_id, rows["is_satellite"])
        return HaloCatalog.keeping(
            positions=into_box(self._path, rows.pop("positions"), sides),
            log_mpeak=np.log10(rows.pop("mass")),
            boxsize=sides,
            redshift=self._options.agreed("redshift", self._path, self._redshift),
            extra={"type": rows.pop("type"), **asked},
            **rows,
            mass_proxy="Mvir" + (" (infallMvir for satellites)" if self._has_infall else ""),
            cosmology=self._options.agreed("cosmology", self._path),
            provenance=self._provenance(),
        )

    def _check_redshift(self, rows: Rows) -> None:
        values = np.unique(rows.get("redshift", ()))
        if self._redshift is not None:
            values = np.unique([*values, self._redshift])
        if len(values) > 1:
            raise CatalogError(
                f"{self._path}: the rows belong to several snapshots (z = {values[0]:g} and "
                f"{values[1]:g}); select one of them in the query, by snapnum"
            )
        if len(values):
            self._redshift = float(values[0])

    def _provenance(self) -> dict[str, str]:
        entries = {"source": str(self._path), "format": "millennium", **self._cut.provenance()}
        if self._n_massless:
            entries["massless"] = f"{self._n_massless} rows without a mass, dropped"
        return entries


def _schema(rows: Rows, mass: np.ndarray, satellite: np.ndarray) -> dict[str, np.ndarray]:
    """The columns under the names of the schema."""
    rows = with_vectors(rows, positions="xyz", velocities=("velx", "vely", "velz"))
    carried = ["type", "positions", "velocities"]
    if "halo_id" in rows:
        carried += ["halo_id", "host_id"]
    schema = {name: rows[name] for name in carried if name in rows}
    asked = {name: values for name, values in rows.items() if name.startswith(EXTRA)}
    return {"mass": mass, "is_satellite": satellite, **schema, **asked}


def _found(path: Path, names: tuple[str, ...]) -> dict[str, str]:
    """The columns to read, by what they are here, of those there are."""
    by_folded = {name.casefold(): name for name in names}
    found = {
        new: next((by_folded[old] for old in olds if old in by_folded), None)
        for new, olds in _NAMES.items()
    }
    found = {new: old for new, old in found.items() if old is not None}
    missing = [name for name in _NEEDED if name not in found]
    if "positions" not in found and not {"x", "y", "z"} <= found.keys():
        missing.append("positions")
    if missing:
        wanted = ", ".join("/".join(_NAMES[name]) for name in missing)
        raise CatalogError(
            f"{path}: the table has no {wanted}; it has {', '.join(names)}. Add them to the query, "
            "or read the file as a table with columns"
        )
    return found


def _hdf5_rows(path: Path, properties: Sequence[str]) -> Iterator[tuple[Rows, int, int]]:
    import h5py

    with h5py.File(path, "r") as file:
        table = _table(path, file)
        found = _found(path, table.dtype.names)
        asked = find_properties(path, properties, table.dtype.names, _FIELDS)
        wanted = list(dict.fromkeys([*found.values(), *(old for old, _ in asked.values())]))
        total = max(len(table), 1)
        for piece in row_ranges(len(table), piece_rows(table)):
            records = table.fields(wanted)[piece]
            rows = {new: records[old] for new, old in found.items()}
            rows |= {new: with_unit(records[old], unit) for new, (old, unit) in asked.items()}
            yield rows, piece.stop or total, total


def _table(path: Path, file: "h5py.File") -> "h5py.Dataset":
    tables = _tables(file)
    if len(tables) != 1:
        listed = ", ".join(table.name for table in tables) or "none"
        raise CatalogError(
            f"{path}: one dataset SnapNNN/Galaxies is expected, found {listed}; give a file of one "
            "snapshot, or read it as a table with columns whose group is one of them"
        )
    check_stored(path, tables[0])
    declared = tables[0].attrs.get("TotHalosPerSnap")
    if declared is not None and int(np.sum(declared)) != len(tables[0]):
        raise CatalogError(
            f"{path}: {tables[0].name} has {len(tables[0])} rows, but declares "
            f"{int(np.sum(declared))}; fetch the file again"
        )
    return tables[0]


def _tables(file: "h5py.File") -> list["h5py.Dataset"]:
    snapshots = (file[name] for name in file if name.startswith("Snap"))
    found = (snapshot.get("Galaxies") for snapshot in snapshots if hasattr(snapshot, "get"))
    return [table for table in found if getattr(getattr(table, "dtype", None), "names", None)]


def _text_rows(path: Path, properties: Sequence[str]) -> Iterator[tuple[Rows, int, int]]:
    names = csv_header(path).names
    found = _found(path, names)
    asked = find_properties(path, properties, names, _FIELDS)
    wanted = list(dict.fromkeys([*found.values(), *(old for old, _ in asked.values())]))
    for _, block in csv_blocks(path, wanted):
        rows = {
            new: _numbers(path, new, block.columns[old], block.first_row)
            for new, old in found.items()
        }
        rows |= {new: with_unit(block.columns[old], unit) for new, (old, unit) in asked.items()}
        yield rows, block.done, block.total


def _numbers(path: Path, name: str, values: np.ndarray, first_row: int) -> np.ndarray:
    numbers = file_numbers(path, name, values, first_row)
    if not name.endswith("_id"):
        return numbers
    if values.size and values.dtype.kind not in "iu":
        raise CatalogError(f"{path}: {name} must be whole numbers, got {values[0]!r}; query again")
    return values


def _is_hdf5(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(_HDF5)) == _HDF5


def _is_snapshot(path: Path) -> bool:
    import h5py

    with reading(path, "an HDF5 file"), h5py.File(path, "r") as file:
        names = {name for table in _tables(file) for name in table.dtype.names}
        return {"Type", "Mvir", "Pos"} <= names


def _is_answer(path: Path) -> bool:
    with text_stream(path) as stream:
        if stream.next_line().strip() != b"#OK":
            return False
        return stream.next_line().startswith(b"#SQL")
